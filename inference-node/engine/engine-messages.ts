// Everything that the engine's parent and child say to each other, over Node's IPC with structured clone. Both ends are this
// very code, started together, so messages are typed, not parsed.
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { EngineLogEntry, GpuChoice, MemoryOptions, ModelOptions, PrefixStoreOptions } from './engine-options.ts';
import type { Asker, ModelAnswer, ModelQuestion } from './model-questions.ts';
import type {
  GenerationProgress,
  GenerationRequest,
  GenerationResult,
  ModelStats,
  ModelTraits,
  TextPiece,
} from './engine.ts';

/** `id` is the parent's number for one generation or question. */
export type ParentMessage =
  | {
      type: 'load';
      models: readonly ModelOptions[];
      threads: number;
      gpu: GpuChoice;
      /** Why the GPU is not taken, where it failed its trial. */
      gpuProblem: string | null;
      memory: MemoryOptions;
      prefixStore: PrefixStoreOptions | null;
    }
  | { type: 'generate'; id: number; request: GenerationRequest }
  | { type: 'ask'; id: number; asker: Asker; question: ModelQuestion }
  | { type: 'cancel'; id: number }
  | { type: 'close' };

export type ChildMessage =
  /** The GPU that there is computes its first tokens, which may end the process; or has computed them. */
  | { type: 'gpu_trial'; state: 'begun' | 'passed' }
  | { type: 'loading'; model: string; progress: number }
  /** It is in memory, also while the engine starts. */
  | { type: 'loaded'; facts: LoadedModelFacts }
  /** It is not in memory any more, or could not be brought there. */
  | { type: 'unloaded'; model: string }
  /** What is loaded at the start is. */
  | { type: 'ready' }
  /** A model cannot be loaded: a sentence for the operator. The parent ends the child. */
  | { type: 'refused'; model: string; reason: string }
  /** All that happened since the last one: every stream's part of one step travels in one message. */
  | { type: 'events'; events: readonly CallEvent[]; stats: readonly ModelStats[] }
  | { type: 'log'; entry: EngineLogEntry };

export type CallEvent =
  | { type: 'accepted'; id: number; promptTokens: number }
  /** It has a sequence: its prompt is being computed. */
  | { type: 'started'; id: number; progress: GenerationProgress }
  /** `completionTokens` so far; the text may be empty while characters or stop sequences are held back. */
  | ({ type: 'text'; id: number; completionTokens: number } & TextPiece)
  | { type: 'finished'; id: number; result: GenerationResult }
  | { type: 'answered'; id: number; answer: ModelAnswer }
  | { type: 'failed'; id: number; error: CallError };

/** An `ApiError` as data. */
export type CallError = {
  code: ErrorCode;
  message: string;
  param: string | null;
  retryAfterSeconds: number | null;
  reason: string | null;
};

/** What the child knows of a model once it is loaded. */
export type LoadedModelFacts = ModelTraits & {
  id: string;
  aliases: string[];
  architecture: string;
  contextLength: number;
  defaultMaxTokens: number;
  sequences: number;
  sizeBytes: number;
};
