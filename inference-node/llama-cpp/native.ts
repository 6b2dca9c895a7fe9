// The one place that reaches past node-llama-cpp's public API, to its native binding. Why: the public generators cost two
// extra promise chains and a copy of the whole context's tokens per token, and settle at batches one call too small
// (docs/decisions/0007). The version is pinned exactly, and every member is checked for when it is taken, so a change is a
// clear error at load and a failing test, not a wrong answer.
import type { Llama, LlamaModel, Token } from 'node-llama-cpp';

/** The one that this file fits. */
export const NODE_LLAMA_CPP_VERSION = '3.22.1';

/** Decoding, in llama.cpp's terms. Positions and sequence ids are numbers from 0. */
export type NativeContext = {
  /** Begins a batch of at most this many tokens. */
  initBatch(size: number): void;
  /** Adds one sequence's tokens; returns, for each index in `logitIndexes`, where its logits will be. */
  addToBatch(sequence: number, firstPosition: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  /** -1: nothing could be sampled. */
  sampleToken(logitIndex: number, sampler: NativeSampler): Promise<Token | -1>;
  /** With the logits of some tokens, and the sum of `exp(logit - highest)` over the whole vocabulary. */
  sampleToken(
    logitIndex: number,
    sampler: NativeSampler,
    probabilities: false,
    confidence: false,
    logits: LogitSelection,
    totalLogitWeight: true,
  ): Promise<[token: Token | -1, unknown, unknown, logits: readonly number[] | undefined, weight: number | undefined]>;
  /** Forgets all of a sequence. */
  disposeSequence(sequence: number): void;
  /** Forgets positions from `start` to before `end`; false when this kind of model cannot. */
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  getSequenceKvCacheMinPosition(sequence: number): number;
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>;
  /** Writes a sequence's memory and these tokens to a file; returns its size in bytes. */
  saveSequenceStateToFile(path: string, sequence: number, tokens: Uint32Array): Promise<number>;
  /** The tokens of such a file, at most so many. A file that llama.cpp did not write for this very model may end the process. */
  loadSequenceStateFromFile(path: string, sequence: number, maxTokens: number): Promise<Uint32Array>;
};

/** Which logits to tell: of these tokens, and of the `includeTop` likeliest; in pairs of token and logit, highest first. */
export type LogitSelection = [
  tokens: readonly Token[],
  includeMax: boolean,
  includeMin: boolean,
  includeSelected: boolean,
  includeTop: number,
];

/** Settings that are left out are off. Tokens that are sampled count for the penalties by themselves. */
export type NativeSamplerConfig = {
  temperature: number;
  topK?: number;
  topP?: number;
  minP?: number;
  seed?: number;
  repeatPenalty?: number;
  repeatPenaltyPresencePenalty?: number;
  repeatPenaltyFrequencyPenalty?: number;
  /** How many of the last tokens count. */
  repeatPenaltyMaxTokens?: number;
  /** Tokens that were there before the first one sampled. */
  repeatPenaltyTokens?: Uint32Array;
  /** Sampled tokens move it on. */
  grammarEvaluationState?: NativeGrammarState;
  tokenBiasKeys?: Uint32Array;
  tokenBiasValues?: Float32Array;
};

/** A grammar, and how far an answer has come in it. */
export type NativeGrammarState = object;

export type NativeSampler = {
  applyConfig(config: NativeSamplerConfig): void;
  dispose(): void;
};

const CONTEXT_MEMBERS = [
  'initBatch',
  'addToBatch',
  'decodeBatch',
  'sampleToken',
  'disposeSequence',
  'removeTokenCellsFromSequence',
  'getSequenceKvCacheMinPosition',
  'copySequenceStateFromOtherSequence',
  'saveSequenceStateToFile',
  'loadSequenceStateFromFile',
] as const satisfies readonly (keyof NativeContext)[];

const SAMPLER_MEMBERS = ['applyConfig', 'dispose'] as const satisfies readonly (keyof NativeSampler)[];

type SamplerClass = new (nativeModel: object) => unknown;
type GrammarClass = new (gbnf: string, options: { addonExports: unknown; rootRuleName: string }) => object;
type GrammarStateClass = new (nativeModel: object, grammar: object) => NativeGrammarState;
type AcceptToken = (state: NativeGrammarState, token: Token) => void;

/** The native context of a `LlamaContext`. No sequence of it may be used through the public API at the same time. */
export function nativeContext(context: unknown): NativeContext {
  const native = memberOf(context, '_ctx');
  if (!isContext(native)) throw changed('LlamaContext._ctx');
  return native;
}

/** A fresh native sampler; dispose it when its generation ends. */
export function createNativeSampler(llama: Llama, model: LlamaModel): NativeSampler {
  const samplerClass = memberOf(memberOf(llama, '_bindings'), 'AddonSampler');
  const nativeModel = memberOf(model, '_model');
  if (!isSamplerClass(samplerClass) || typeof nativeModel !== 'object' || nativeModel === null) {
    throw changed('Llama._bindings.AddonSampler');
  }
  const sampler = new samplerClass(nativeModel);
  if (!isSampler(sampler)) throw changed('AddonSampler');
  return sampler;
}

/** The beginning of a grammar that was checked, at this rule of it. Throws when llama.cpp cannot read it, after writing it to standard error. */
export function createNativeGrammarState(
  llama: Llama,
  model: LlamaModel,
  { gbnf, root }: { gbnf: string; root: string },
): NativeGrammarState {
  const bindings = memberOf(llama, '_bindings');
  const grammarClass = memberOf(bindings, 'AddonGrammar');
  const stateClass = memberOf(bindings, 'AddonGrammarEvaluationState');
  const nativeModel = memberOf(model, '_model');
  if (!isGrammarClass(grammarClass) || !isGrammarStateClass(stateClass)) throw changed('Llama._bindings.AddonGrammar');
  if (typeof nativeModel !== 'object' || nativeModel === null) throw changed('LlamaModel._model');
  return new stateClass(nativeModel, new grammarClass(gbnf, { addonExports: bindings, rootRuleName: root }));
}

/** Moves a grammar on by a token that no sampler of its own has sampled. Throws when the grammar does not allow it there. */
export function acceptGrammarToken(llama: Llama, state: NativeGrammarState, token: Token): void {
  const accept = memberOf(memberOf(memberOf(llama, '_bindings'), 'AddonSampler'), 'acceptGrammarEvaluationStateToken');
  if (!isAcceptToken(accept)) throw changed('AddonSampler.acceptGrammarEvaluationStateToken');
  accept(state, token);
}

function isGrammarClass(value: unknown): value is GrammarClass {
  return typeof value === 'function';
}

function isGrammarStateClass(value: unknown): value is GrammarStateClass {
  return typeof value === 'function';
}

function isAcceptToken(value: unknown): value is AcceptToken {
  return typeof value === 'function';
}

function isSamplerClass(value: unknown): value is SamplerClass {
  return typeof value === 'function';
}

function isContext(value: unknown): value is NativeContext {
  return CONTEXT_MEMBERS.every((name) => typeof memberOf(value, name) === 'function');
}

function isSampler(value: unknown): value is NativeSampler {
  return SAMPLER_MEMBERS.every((name) => typeof memberOf(value, name) === 'function');
}

function memberOf(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return Reflect.get(value, name);
}

function changed(what: string): Error {
  return new Error(
    `node-llama-cpp has changed: ${what} is not what llama-cpp/native.ts expects of version ${NODE_LLAMA_CPP_VERSION}`,
  );
}
