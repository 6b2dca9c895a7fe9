// The capability that the node's server uses: models in memory that answer. The real one runs in a child process, because a
// native abort kills its process (engine-process.ts).
import type { KeyPriority } from '../../protocol/admin/key-priority.ts';
import type { ChatMessage, FinishReason } from '../../protocol/inference/chat-completion.ts';
import type { Tool } from '../../protocol/inference/tools.ts';
import type { ToolFormatName } from '../tool-formats/tool-formats.ts';
import type { NodeModel, NodeStatus } from '../../protocol/node/node-api.ts';
import type { AnswerTo, Asker, QuestionOf, QuestionType } from './model-questions.ts';

/**
 * What to generate from: a chat, rendered by the model's own template, with `tools` where that renders them; a plain text, with a `suffix` the text around a gap
 * that is to be filled; or the tokens themselves.
 */
export type GenerationPrompt =
  | { messages: readonly ChatMessage[]; tools?: readonly Tool[] | null }
  | { text: string; suffix?: string }
  | { tokens: readonly number[] };

/** How the next token is chosen; what a caller did not say has its default already. */
export type Sampling = {
  /** 0 is greedy. */
  temperature: number;
  topP: number;
  /** 0: all tokens. */
  topK: number;
  minP: number;
  /** 0: off; of the answer's own tokens. */
  presencePenalty: number;
  frequencyPenalty: number;
  /** 1: off; of the last tokens of prompt and answer. */
  repeatPenalty: number;
  /** What is added to a token's logit. */
  logitBias: readonly { token: number; bias: number }[];
  /** Null: a random one. */
  seed: number | null;
};

/**
 * What an answer must be: a text of a grammar in llama.cpp's GBNF, which begins with its rule `root`. With `triggers` the answer is
 * free until it has written one of these texts (`start`: as its first text, white space aside), and the grammar is for what follows, or,
 * with `triggerIsPart`, for the text from its trigger on.
 */
export type GrammarConstraint = {
  gbnf: string;
  triggers: readonly string[];
  triggerAt: 'start' | 'anywhere';
  triggerIsPart?: boolean;
};

export type GenerationRequest = {
  callId: string;
  /** Prefix reuse happens only within one account. */
  account: string;
  /** Whose turn it is while calls wait for a sequence. */
  priority: KeyPriority;
  model: string;
  prompt: GenerationPrompt;
  /** Null: what the context leaves, up to the model's default. */
  maxTokens: number | null;
  sampling: Sampling;
  stop: readonly string[];
  /** Null: the answer is free. */
  grammar: GrammarConstraint | null;
  /** At each token, how many of the likeliest are told with it; null: no log probabilities at all. */
  topLogProbabilities: number | null;
};

/** A token of the answer and how likely the model found it. `logprob`: natural logarithm. */
export type TokenLogProbability = {
  text: string;
  logprob: number;
  top: readonly { text: string; logprob: number }[];
};

/** A part of the answer. */
export type TextPiece = { text: string; logProbabilities: readonly TokenLogProbability[] };

/**
 * What a generation tells, in this order: `accepted` once (the prompt fits and a place in the queue is taken), then `text`
 * pieces (never half a character, never a part of a stop sequence), then `finished` once. A failure is thrown as an
 * `ApiError` (`model_not_found`, `context_length_exceeded`, `queue_full`, `engine_restarting`, `model_loading`,
 * `model_unavailable`, `engine_failed`, `generation_failed`).
 */
export type GenerationEvent =
  | { type: 'accepted'; promptTokens: number }
  | ({ type: 'text' } & TextPiece)
  | { type: 'finished'; result: GenerationResult };

export type GenerationResult = {
  finishReason: FinishReason;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  /** Milliseconds from acceptance to the first decode, and to the first token (null: there was none). */
  queueMs: number;
  firstTokenMs: number | null;
  /** Milliseconds from the first token to the last one (so far). */
  decodeMs: number;
};

/** Token counts so far of a generation that did not finish, for its journal record. */
export type GenerationProgress = Omit<GenerationResult, 'finishReason'>;

/**
 * One running generation. Iterate `events` once; `progress` may be read at any time, also after a failure or a cancel.
 * After an abort of the signal, `events` ends at once, without `finished` and without throwing. To leave the loop early
 * cancels too.
 */
export interface Generation {
  readonly events: AsyncIterable<GenerationEvent>;
  readonly progress: GenerationProgress;
}

/** Counters of one model since its engine process started (they begin again at 0 after a restart), for metrics. */
export type ModelStats = {
  model: string;
  running: number;
  waiting: number;
  /** Decode steps; each advances every running call at once. */
  steps: number;
  /** How many steps had how many calls in them: index is the number of calls; index 0 is unused. */
  stepsByCalls: readonly number[];
  /** Tokens sampled. */
  completionTokens: number;
  /** Prompt tokens computed, and prompt tokens taken from a cached prefix instead. */
  prefillTokens: number;
  /** Prompt tokens that came back from the prefix store. */
  restoredTokens: number;
  cachedTokens: number;
  /** What a token of a running answer took of late, in milliseconds, in steps that read no prompts; null: not measured yet. */
  tokenMs: number | null;
};

export type EngineStats = {
  /** How often the engine process was started again after it died. */
  restarts: number;
  models: readonly ModelStats[];
};

export type ModelTraits = {
  /** How it calls tools. */
  toolFormat: ToolFormatName;
  /** Changes with everything that may change its answers: its file, its settings, the software. */
  fingerprint: string;
  /** Where it is computed, for the operator: `on the CPU (…)`, `on CUDA (…)`. */
  device: string;
};

export type ModelLoading = { model: string; progress: number };

export interface Engine {
  readonly state: NodeStatus['engine'];
  /**
   * Settles with the first load: resolves when every model is in memory, rejects with a `ModelLoadError` (one sentence
   * with the way out) when one cannot be loaded. Later deaths of the engine are mended by restarts and told by `state`.
   */
  readonly ready: Promise<void>;
  /** The models in memory and those that a call brings there, with their load. Empty while the engine starts. */
  models(): readonly NodeModel[];
  /** The models that are being loaded now, and how far they are, from 0 to 1. */
  loading(): readonly ModelLoading[];
  /**
   * What answers need to know of a model; null while the engine starts. Of a model that was never in memory, its fingerprint and
   * device are empty.
   */
  traitsOf(model: string): ModelTraits | null;
  /** A snapshot, at most about a quarter of a second old. */
  stats(): EngineStats;
  /** Starts a generation. An abort of `signal` stops it within one decode step, also in the queue and in prefill. */
  generate(request: GenerationRequest, signal: AbortSignal): Generation;
  /**
   * Asks a model what is no generation. Throws an `ApiError` as a generation does (`context_length_exceeded`, `invalid_value`,
   * `queue_full`, …); after an abort of `signal` its reason.
   */
  ask<Type extends QuestionType>(
    asker: Asker,
    question: QuestionOf<Type>,
    signal: AbortSignal,
  ): Promise<AnswerTo<Type>>;
  /** Ends the engine; running generations fail with `engine_restarting`. */
  close(): Promise<void>;
}
