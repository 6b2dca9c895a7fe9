// One context with several sequences, advanced by one batch at a time. Owns the native calls and nothing else: which tokens
// go into a batch is the scheduler's business. Not re-entrant: one step at a time.
import type { Llama, LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import { chooseFlashAttention, type FlashAttention } from './choose-flash-attention.ts';
import { nativeContext, type NativeContext } from './native.ts';
import { TokenSampler, type SampledText, type SampledToken, type SamplingSettings } from './token-sampler.ts';

/** No token could be sampled for an entry; the others have theirs. */
export const SAMPLING_FAILED = 'failed';
export type Sampled = SampledToken | typeof SAMPLING_FAILED | null;

/** Tokens of one batch; also the most prompt tokens of one step. llama.cpp's own default micro batch. */
export const BATCH_SIZE = 512;

/** One sequence's part in a step. */
export type BatchEntry = {
  sequence: number;
  /** Position of the first of `tokens` in its sequence. */
  firstPosition: number;
  tokens: readonly Token[];
  /** Samples the token that follows the last one; null: only compute. */
  sampler: TokenSampler | null;
};

export type BatchContextOptions = {
  contextSize: number;
  sequences: number;
  threads: number;
  kvCacheType: 'f16' | 'q8_0' | 'q4_0';
  /** `auto`: off where the model is computed on the CPU alone, unless the context is long or the cache quantised. */
  flashAttention: 'auto' | 'on' | 'off';
};

export const KV_CACHE_TYPE = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

const NO_LOGITS = new Uint32Array(0);

export class BatchContext {
  readonly batchSize: number;
  readonly flashAttention: FlashAttention;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #native: NativeContext;
  /** Where the logits of the last step's entries are. */
  #logitIndexes: readonly number[] = [];

  private constructor(llama: Llama, model: LlamaModel, context: LlamaContext) {
    this.#llama = llama;
    this.#model = model;
    this.#context = context;
    this.#native = nativeContext(context);
    this.batchSize = context.batchSize;
    this.flashAttention = context.flashAttention;
  }

  /** Takes the memory for `contextSize` × `sequences` tokens at once; throws when there is not enough. */
  static async create(llama: Llama, model: LlamaModel, options: BatchContextOptions): Promise<BatchContext> {
    const context = await model.createContext({
      contextSize: options.contextSize,
      sequences: options.sequences,
      threads: options.threads,
      batchSize: Math.max(BATCH_SIZE, options.sequences),
      flashAttention: chooseFlashAttention(options, model.gpuLayers),
      experimentalKvCacheKeyType: KV_CACHE_TYPE[options.kvCacheType],
      experimentalKvCacheValueType: KV_CACHE_TYPE[options.kvCacheType],
    });
    return new BatchContext(llama, model, context);
  }

  /**
   * One decode of all entries together, then one token sampled for each entry that has a sampler (null for the others).
   * Throws when llama.cpp fails; the state of every sequence in the batch is then unknown.
   */
  async step(entries: readonly BatchEntry[]): Promise<Sampled[]> {
    const native = this.#native;
    native.initBatch(entries.reduce((sum, entry) => sum + entry.tokens.length, 0));
    this.#logitIndexes = entries.map((entry) => {
      const last = entry.tokens.length - 1;
      const wanted = entry.sampler === null ? NO_LOGITS : Uint32Array.of(last);
      return native.addToBatch(entry.sequence, entry.firstPosition, Uint32Array.from(entry.tokens), wanted)[0] ?? 0;
    });
    await native.decodeBatch();
    return Promise.all(entries.map((_, index) => this.sample(entries, index)));
  }

  /** Once more, as long as no other step was made: the token of one of the last step's entries. Null without a sampler. */
  async sample(entries: readonly BatchEntry[], index: number): Promise<Sampled> {
    const sampler = entries[index]?.sampler ?? null;
    if (sampler === null) return null;
    return sampler.sample(this.#native, this.#logitIndexes[index] ?? 0).catch(() => SAMPLING_FAILED);
  }

  createSampler(settings: SamplingSettings, text: SampledText): TokenSampler {
    return new TokenSampler(this.#llama, this.#model, settings, text);
  }

  /**
   * Forgets everything from position `length` on. False when this model's memory cannot be cut there (recurrent models,
   * or a sliding window that has already passed): the sequence is then empty.
   */
  keepPrefix(sequence: number, length: number): boolean {
    const windowPassed = this.#native.getSequenceKvCacheMinPosition(sequence) > 0;
    if (length > 0 && !windowPassed && this.#native.removeTokenCellsFromSequence(sequence, length, -1)) return true;
    this.clear(sequence);
    return false;
  }

  /** Makes `target` hold what `source` holds; at the next step this copies memory, which is cheap beside computing it. */
  async copy(target: number, source: number): Promise<void> {
    await this.#native.copySequenceStateFromOtherSequence(target, source);
  }

  /** Writes what a sequence holds to a file that is there; returns its size in bytes. Throws when that fails. */
  async save(sequence: number, tokens: readonly Token[], path: string): Promise<number> {
    return this.#native.saveSequenceStateToFile(path, sequence, Uint32Array.from(tokens));
  }

  /**
   * Puts what `save` wrote of this very model into a sequence; returns its tokens. Any other file may end the process. Throws when it
   * fails; the sequence is then empty.
   */
  async restore(sequence: number, path: string): Promise<Token[]> {
    try {
      const tokens = await this.#native.loadSequenceStateFromFile(path, sequence, this.#context.contextSize);
      return Array.from(tokens, (token) => token as Token);
    } catch (error) {
      this.clear(sequence);
      throw error;
    }
  }

  /** Forgets all of a sequence. */
  clear(sequence: number): void {
    this.#native.disposeSequence(sequence);
  }

  async dispose(): Promise<void> {
    await this.#context.dispose();
  }
}
