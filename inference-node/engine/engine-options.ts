// What an engine is started with, and what it tells while it runs. Plain data: it crosses to the child process as it is.
import type { StepWatchdogOptions } from './step-watchdog.ts';
import type { NodeStatus } from '../../protocol/node/node-api.ts';

/** Numbers of the KV cache: their width decides its memory. */
export type KvCacheType = 'f16' | 'q8_0' | 'q4_0';

/** Calls that one model answers at once, when nothing is said. */
export const DEFAULT_SEQUENCES = 4;

/** How one model is held; what is absent has its default. */
export type ModelSettings = {
  /** Other names that stand for it. */
  aliases?: readonly string[] | undefined;
  /** Tokens of prompt and completion together that one call may use. Absent: the model's own, up to 4,096. */
  contextSize?: number | undefined;
  /** How many calls it answers at once. Memory for the context is `contextSize` times this, taken at the start. Absent: 4. */
  sequences?: number | undefined;
  /** Layers on the GPU, when there is one. Absent: as many as fit. */
  gpuLayers?: number | undefined;
  /** Absent: `f16`. */
  kvCacheType?: KvCacheType | undefined;
  /** Absent: `auto`. */
  flashAttention?: 'auto' | 'on' | 'off' | undefined;
  /** Jinja, instead of the file's own. */
  chatTemplate?: string | undefined;
  /** Instructions whose computed state every account may use, from whichever call it comes. Absent: none. */
  sharedPrompts?: readonly string[] | undefined;
  /** Lengths to which its vectors may be cut: of models that were trained for it. Absent: none. */
  embeddingDimensions?: readonly number[] | undefined;
  /** `max_tokens` of a call that gives none. Absent: what the context leaves. */
  defaultMaxTokens?: number | undefined;
  /** Into memory at the start, where it stays; or when it is called, as long as there is room. Absent: `start`. */
  load?: 'start' | 'on_demand' | undefined;
};

/** One model to hold in memory. */
export type ModelOptions = ModelSettings & {
  /** What clients ask for. */
  id: string;
  /** A GGUF file; of a model in several parts, the first one. */
  path: string;
  /** How many calls may wait for a free sequence before `queue_full`. Absent: 64. */
  maxWaiting?: number;
  /** A step that computes prompts beside running streams may take this many times a plain one. Absent: 2; 1: any time. */
  prefillSlowdown?: number;
};

/** `auto` takes the best GPU that there is, or none; `false` computes on the CPU. */
export type GpuChoice = 'auto' | 'cuda' | 'vulkan' | 'metal' | false;

/** How models share the machine's memory. */
export type MemoryOptions = {
  /** Of the machine's memory, what all models together may take, in bytes; null: what there is; `none`: nothing is checked. */
  memoryLimit: number | 'none' | null;
  /** How long a call waits while its model is loaded, in milliseconds. */
  loadWaitMs: number;
  /** How long a model that is loaded on demand stays when nobody uses it; null: until its memory is wanted. */
  idleUnloadMs: number | null;
};

/** A minute: a model of some GB from an SSD is there by then, and clients that wait longer are few. */
export const DEFAULT_MEMORY_OPTIONS: MemoryOptions = { memoryLimit: null, loadWaitMs: 60_000, idleUnloadMs: null };

/** Where computed beginnings of prompts are kept that no sequence holds any more. */
export type PrefixStoreOptions = {
  /** Made when it is not there; it has to be the user's alone, and one engine's. */
  folder: string;
  maxBytes: number;
  /** A file with the key that proves, after a restart, that states are this node's own: made when it is not there. Null: nothing is kept over a restart. */
  keepWithKey: string | null;
  /** `ignored`: everything is kept and brought back, whatever it costs; for tests. Absent: `measured`. */
  costs?: 'measured' | 'ignored';
};

export type EngineOptions = {
  /** In order; the first is the default model. */
  models: readonly ModelOptions[];
  /** CPU threads of one decode. Absent: the machine's cores less one, at least 1 (all of them make decoding collapse). */
  threads?: number;
  /** Absent: `auto`. */
  gpu?: GpuChoice;
  /** What is absent has its default. */
  memory?: Partial<MemoryOptions>;
  /** Absent or null: there is none. */
  prefixStore?: PrefixStoreOptions | null;
  /** When an engine that makes no step counts as hung; what is absent has a generous default. */
  watchdog?: Pick<StepWatchdogOptions, 'minimumMs' | 'firstStepMs'>;
  /** Told at every change of state; the first is `starting`. */
  onState?: (state: NodeStatus['engine']) => void;
  /** Told while a model is loaded: `progress` from 0 to 1. */
  onLoadProgress?: (modelId: string, progress: number) => void;
  /** One line for the log: no prompt, no completion. */
  onLog?: (entry: EngineLogEntry) => void;
};

export type EngineLogEntry = { level: 'info' | 'warn' | 'error'; message: string };
