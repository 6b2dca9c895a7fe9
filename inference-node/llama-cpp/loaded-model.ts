// A model in memory, with what the engine needs of it: facts, tokens and text. The names of node-llama-cpp end here.
import { resolve } from 'node:path';
import type { Llama, LlamaModel, Token } from 'node-llama-cpp';
import { contextLengthOf } from '../engine/context-length.ts';
import { isEncoder } from '../gguf/encoder-architectures.ts';
import { BatchContext, type BatchContextOptions } from './batch-context.ts';
import { EmbeddingContext } from './embedding-context.ts';

export type { Token } from 'node-llama-cpp';

export type LoadModelOptions = {
  path: string;
  /** Null: the model's own, up to a default. */
  contextSize: number | null;
  sequences: number;
  /** Null: as many as fit beside the context. */
  gpuLayers: number | null;
  /** Jinja; null: the file's own. */
  chatTemplate: string | null;
  onProgress: (progress: number) => void;
};

/** Token types of GGUF that are never control tokens: normal text, unused, byte. */
const TEXT_TOKEN_TYPES: ReadonlySet<number> = new Set([1, 5, 6]);
const UNKNOWN_TOKEN_TYPE = 0;
/** A token with this look separates roles in some models, though their file calls it an ordinary or user-defined one. */
const CONTROL_LOOK = /^<[|｜].+[|｜]>$/s;

/** How text is read: `special` lets control tokens in it work; `plain` does not; `continued` is plain, with no leading space added. */
export type TokenizeMode = 'special' | 'plain' | 'continued';

export class LoadedModel {
  readonly architecture: string;
  /** It makes vectors, and writes no text. */
  readonly isEncoder: boolean;
  readonly sizeBytes: number;
  /** How many of its layers lie on the GPU, and how many there are. */
  readonly gpuLayers: number;
  readonly totalLayers: number;
  /** Tokens of prompt and completion together that one call may use. */
  readonly contextLength: number;
  /** Jinja; null when the file brings none. */
  readonly chatTemplate: string | null;
  /** The file's own for chats with tools, where it brings two; null, too, where the setting replaces them. */
  readonly toolTemplate: string | null;
  readonly bosText: string;
  readonly eosText: string;
  /** The token that every prompt must begin with; null: none. */
  readonly bos: Token | null;
  /** Token ids are below this. */
  readonly vocabularySize: number;
  /** The tokens around the parts of a text with a gap; null when the model was not trained to fill gaps. */
  readonly infill: { prefix: Token; suffix: Token; middle: Token } | null;
  /** Texts of the tokens that steer the model, and must not work in a client's text. */
  readonly controlTexts: readonly string[];
  readonly #llama: Llama;
  readonly #model: LlamaModel;

  private constructor(llama: Llama, model: LlamaModel, options: LoadModelOptions) {
    this.#llama = llama;
    this.#model = model;
    const { metadata } = model.fileInfo;
    this.architecture = metadata.general.architecture;
    this.sizeBytes = model.size;
    this.gpuLayers = model.gpuLayers;
    this.totalLayers = model.fileInsights.totalLayers;
    this.isEncoder = isEncoder(this.architecture);
    this.contextLength = contextLengthOf(options.contextSize, {
      architecture: this.architecture,
      trained: model.trainContextSize,
    });
    this.chatTemplate = templateOf(options.chatTemplate ?? metadata.tokenizer.chat_template);
    const own: unknown = Reflect.get(metadata.tokenizer, 'chat_template.tool_use');
    this.toolTemplate = options.chatTemplate === null ? templateOf(own) : null;
    this.bosText = model.tokens.bosString ?? '';
    this.eosText = model.tokens.eosString ?? '';
    this.bos = model.tokens.shouldPrependBosToken ? model.tokens.bos : null;
    this.controlTexts = findControlTexts(model);
    this.vocabularySize = metadata.tokenizer.ggml.tokens.length;
    const { prefix, suffix, middle } = model.tokens.infill;
    this.infill = prefix === null || suffix === null || middle === null ? null : { prefix, suffix, middle };
  }

  static async load(llama: Llama, options: LoadModelOptions): Promise<LoadedModel> {
    const wanted = contextLengthOf(options.contextSize, { architecture: '', trained: null });
    const model = await llama.loadModel({
      modelPath: resolve(options.path),
      gpuLayers:
        llama.gpu === false ? 0 : (options.gpuLayers ?? { fitContext: { contextSize: wanted * options.sequences } }),
      onLoadProgress: options.onProgress,
    });
    return new LoadedModel(llama, model, options);
  }

  createContext(options: Omit<BatchContextOptions, 'contextSize'>): Promise<BatchContext> {
    return BatchContext.create(this.#llama, this.#model, { ...options, contextSize: this.contextLength });
  }

  createEmbeddingContext(threads: number): Promise<EmbeddingContext> {
    return EmbeddingContext.create(this.#model, { contextLength: this.contextLength, threads });
  }

  /** Bytes that `createEmbeddingContext` will take. */
  estimateEmbeddingContext(): Promise<{ ram: number; gpu: number }> {
    return EmbeddingContext.estimate(this.#model.fileInsights, {
      contextLength: this.contextLength,
      gpuLayers: this.gpuLayers,
    });
  }

  tokenize(text: string, mode: TokenizeMode): Token[] {
    if (mode === 'continued') return this.#model.tokenize(text, false, 'trimLeadingSpace');
    return this.#model.tokenize(text, mode === 'special');
  }

  /** The text that `tokens` add after `previous`; U+FFFD stands for bytes that are no character (yet). `special`: control tokens have theirs, too. */
  detokenize(tokens: readonly Token[], previous: readonly Token[], mode: 'plain' | 'special' = 'plain'): string {
    return this.#model.detokenize(tokens, mode === 'special', previous);
  }

  /** Whether the model ends its answer by this token. */
  isEnd(token: Token): boolean {
    return this.#model.isEogToken(token);
  }

  async dispose(): Promise<void> {
    await this.#model.dispose();
  }
}

function templateOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function findControlTexts(model: LlamaModel): string[] {
  const { tokens, token_type: types } = model.fileInfo.metadata.tokenizer.ggml;
  const texts: string[] = [];
  for (const token of model.iterateAllTokens()) {
    const text = tokens[token];
    if (text === undefined || text === '') continue;
    const type = tokenType(types, token);
    // llama.cpp's own view of a token costs a native call: asked only where the file's leaves a doubt.
    const isControl = !TEXT_TOKEN_TYPES.has(type) && model.getTokenAttributes(token).control;
    if (isControl || CONTROL_LOOK.test(text) || model.isEogToken(token)) texts.push(text);
  }
  return texts;
}

/** The library's types promise the list; files without one exist. */
function tokenType(types: readonly number[] | undefined, token: Token): number {
  return types?.[token] ?? UNKNOWN_TOKEN_TYPE;
}
