// How much memory a model will take, before it takes any: llama.cpp lays out model and context without allocating them, so
// buffers are exact for every architecture; what the engine keeps beside them is estimated on the safe side.
import { GgmlType, GgufInsights, readGgufFileInfo, type Llama } from 'node-llama-cpp';
import { BATCH_SIZE, KV_CACHE_TYPE, type BatchContextOptions } from './batch-context.ts';
import { chooseFlashAttention, type FlashAttention } from './choose-flash-attention.ts';
import { contextLengthOf } from '../engine/context-length.ts';
import { isEncoder } from '../gguf/encoder-architectures.ts';
import { EmbeddingContext } from './embedding-context.ts';

export type MemoryQuestion = Omit<BatchContextOptions, 'contextSize' | 'threads'> & {
  path: string;
  /** Null: what is taken without a setting. */
  contextSize: number | null;
  gpuLayers: number | null;
};

/** Bytes. On a GPU's machine `gpu` is in its memory, and everything else in the machine's. */
export type MemoryEstimate = {
  weights: number;
  /** What prompts and answers take in the context of all sequences together. */
  kvCache: number;
  /** Buffers for computing, and what the engine keeps of a vocabulary. */
  compute: number;
  /** Of these, in the machine's memory and in the GPU's. */
  ram: number;
  gpu: number;
  /** As it is then chosen. */
  flashAttention: FlashAttention;
};

/** The engine's own around a model: objects, samplers, buffers of threads. Measured up to 24 MiB, most of it JavaScript's heap. */
const MODEL_OVERHEAD_BYTES = 32 * 1_048_576;
/** Each token's text in the engine's tables and in llama.cpp's. Measured 350 bytes at 128,256 tokens. */
const TOKEN_OVERHEAD_BYTES = 512;
/** llama.cpp notes of each token in a context its position, and which sequences have it (a bit for each of 256). */
const CELL_OVERHEAD_BYTES = 64;

export class MemoryEstimator {
  readonly #llama: Llama;
  readonly #insights: GgufInsights;

  private constructor(llama: Llama, insights: GgufInsights) {
    this.#llama = llama;
    this.#insights = insights;
  }

  /** Reads the file's header. Only for a file that was checked (gguf/). */
  static async read(llama: Llama, path: string): Promise<MemoryEstimator> {
    const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false });
    return new MemoryEstimator(llama, await GgufInsights.from(info, llama));
  }

  /** Of all parts of the model. */
  get parameters(): number {
    return this.#insights.totalParameters;
  }

  async estimate(question: Omit<MemoryQuestion, 'path'>): Promise<MemoryEstimate> {
    const { architecture } = this.#insights.ggufFileInfo.metadata.general;
    const trained = this.#insights.trainContextSize;
    const contextSize = contextLengthOf(question.contextSize, { architecture, trained });
    const gpuLayers = await this.#gpuLayers(question, contextSize);
    const weights = await this.#insights.estimateModelResourceRequirementsV2({ gpuLayers });
    const { context, kvCache } = isEncoder(architecture)
      ? await this.#forVectors(contextSize, gpuLayers)
      : await this.#forAnswers(question, contextSize, gpuLayers);
    const overhead = MODEL_OVERHEAD_BYTES + TOKEN_OVERHEAD_BYTES * this.#vocabulary;
    return {
      weights: weights.cpuRam + weights.gpuVram,
      kvCache,
      compute: context.ram + context.gpu - kvCache + overhead,
      ram: weights.cpuRam + context.ram + overhead,
      gpu: weights.gpuVram + context.gpu,
      flashAttention: chooseFlashAttention({ ...question, contextSize }, gpuLayers),
    };
  }

  async #forAnswers(question: Omit<MemoryQuestion, 'path'>, contextSize: number, gpuLayers: number) {
    const { sequences } = question;
    // Laid out for one sequence and for two: with all of them, a large context takes gigabytes already to be laid out.
    const one = await this.#context(question, contextSize, 1, gpuLayers);
    const two = await this.#context(question, contextSize, 2, gpuLayers);
    const ofEach = { ram: two.cpuRam - one.cpuRam, gpu: two.gpuVram - one.gpuVram };
    const more = sequences - 1;
    const cells = CELL_OVERHEAD_BYTES * contextSize * sequences;
    return {
      kvCache: (ofEach.ram + ofEach.gpu) * sequences,
      context: { ram: one.cpuRam + ofEach.ram * more + cells, gpu: one.gpuVram + ofEach.gpu * more },
    };
  }

  /** An encoder keeps nothing of what it has read. */
  async #forVectors(contextLength: number, gpuLayers: number) {
    return { kvCache: 0, context: await EmbeddingContext.estimate(this.#insights, { contextLength, gpuLayers }) };
  }

  get #vocabulary(): number {
    return this.#insights.ggufFileInfo.metadata.tokenizer.ggml.tokens.length;
  }

  async #gpuLayers({ gpuLayers, sequences }: Omit<MemoryQuestion, 'path'>, contextSize: number): Promise<number> {
    if (this.#llama.gpu === false) return 0;
    const wish = gpuLayers ?? { fitContext: { contextSize: contextSize * sequences } };
    const resolved = await this.#insights.configurationResolver.resolveModelGpuLayersV2(wish, {
      ignoreMemorySafetyChecks: true,
    });
    return resolved.gpuLayers;
  }

  #context(question: Omit<MemoryQuestion, 'path'>, contextSize: number, sequences: number, modelGpuLayers: number) {
    return this.#insights.estimateContextResourceRequirementsV2({
      contextSize,
      sequences,
      modelGpuLayers,
      batchSize: BATCH_SIZE,
      flashAttention: chooseFlashAttention({ ...question, contextSize }, modelGpuLayers),
      kvCacheKeyType: GgmlType[KV_CACHE_TYPE[question.kvCacheType]],
      kvCacheValueType: GgmlType[KV_CACHE_TYPE[question.kvCacheType]],
    });
  }
}
