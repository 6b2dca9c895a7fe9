// Vectors of texts, by a context of its own: one sequence, forgotten after each text.
import type { GgufFileInfo, GgufInsights, LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp';
import { isEncoder } from '../gguf/encoder-architectures.ts';

/** Tokens of one step for models that read one token after the other. */
const CAUSAL_BATCH_SIZE = 512;
/** GGUF's `pooling_type`: mean and first token are taken over one batch, which has to hold the whole text. */
const WHOLE_TEXT_POOLING: ReadonlySet<number> = new Set([1, 2]);
/** Objects and threads around it. */
const OVERHEAD_BYTES = 8 * 1_048_576;

export class EmbeddingContext {
  /** How many numbers a vector has. */
  readonly dimensions: number;
  readonly #context: LlamaEmbeddingContext;

  private constructor(context: LlamaEmbeddingContext) {
    this.#context = context;
    this.dimensions = context.model.embeddingVectorSize;
  }

  /** `contextLength`: the longest text, in tokens. Throws when there is not enough memory, or the model has no vectors. */
  static async create(
    model: LlamaModel,
    { contextLength, threads }: { contextLength: number; threads: number },
  ): Promise<EmbeddingContext> {
    return new EmbeddingContext(
      await model.createEmbeddingContext({ ...sizesOf(model.fileInfo, contextLength), threads }),
    );
  }

  /** What `create` will take, in bytes: laid out by llama.cpp, without allocating it. */
  static async estimate(
    insights: GgufInsights,
    { contextLength, gpuLayers }: { contextLength: number; gpuLayers: number },
  ): Promise<{ ram: number; gpu: number }> {
    const { cpuRam, gpuVram } = await insights.estimateContextResourceRequirementsV2({
      ...sizesOf(insights.ggufFileInfo, contextLength),
      sequences: 1,
      modelGpuLayers: gpuLayers,
      isEmbeddingContext: true,
    });
    return { ram: cpuRam + OVERHEAD_BYTES, gpu: gpuVram };
  }

  /** How many tokens are computed for these: the model puts its own around them. */
  count(tokens: readonly Token[]): number {
    return this.#context.calculateInputLength([...tokens]);
  }

  /** The first numbers of a text's vector, by the model's own pooling (none: its last token), scaled to length 1. */
  async compute(tokens: readonly Token[], dimensions = this.dimensions): Promise<Float32Array> {
    const { vector: whole } = await this.#context.getEmbeddingFor([...tokens]);
    const vector = whole.slice(0, dimensions);
    const length = Math.hypot(...vector);
    if (!Number.isFinite(length)) throw new Error('the vector has values that are no numbers');
    return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length));
  }

  async dispose(): Promise<void> {
    await this.#context.dispose();
  }
}

function sizesOf(file: GgufFileInfo, contextLength: number): { contextSize: number; batchSize: number } {
  // The library takes texts that are shorter than the context.
  const contextSize = contextLength + 1;
  return { contextSize, batchSize: readsWholeText(file) ? contextSize : Math.min(CAUSAL_BATCH_SIZE, contextSize) };
}

function readsWholeText({ metadata, architectureMetadata }: GgufFileInfo): boolean {
  const { pooling_type: pooling, attention } = architectureMetadata;
  if (isEncoder(metadata.general.architecture)) return true;
  return attention?.causal === false || (pooling !== undefined && WHOLE_TEXT_POOLING.has(pooling));
}
