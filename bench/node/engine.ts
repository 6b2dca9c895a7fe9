// What is measured: a running server that answers `POST /v1/completions` with one model.

import type { NodeConfig } from '../../inference-node/config/node-config.ts';

export type GpuMode = NodeConfig['gpu'];

export type RunningEngine = AsyncDisposable & {
  origin: string;
  pid: number;
  /** Headers of one call; our node wants each call signed. */
  sign: (path: string, body: string) => Promise<Record<string, string>>;
  /** How many decode steps had how many calls in them, since the start; index: the number of calls. Absent: it does not tell. */
  readSteps?: () => Promise<number[]>;
};

export type EngineStart = { started: true; engine: RunningEngine } | { started: false; reason: string };

/** The same for every engine. */
export type EngineSetting = {
  model: string;
  /** Tokens of one sequence (slot). */
  contextSize: number;
  sequences: number;
  threads: number;
  /** What computes, in our node's words; llama-server puts all layers on whatever GPU it finds, or none for `off`. */
  gpu: GpuMode;
  /** For its files. */
  folder: string;
};

export type Engine = {
  name: string;
  start: (setting: EngineSetting) => Promise<EngineStart>;
};
