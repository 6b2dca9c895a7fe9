// The way in to the engine: checks the model files, then starts the process that holds them.
import { availableParallelism } from 'node:os';
import type { EngineOptions } from './engine-options.ts';
import { EngineProcess } from './engine-process.ts';
import type { Engine } from './engine.ts';
import { ModelLoadError } from './model-load-error.ts';
import { checkGgufFile } from '../gguf/check-gguf-file.ts';

/**
 * Checks every model's file, starts the engine's process and returns at once, with the engine in state `starting`: await
 * `engine.ready` for the models. Throws a `ModelLoadError` for a file that is missing, damaged or not a GGUF model.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  for (const { id, path } of options.models) {
    const check = await checkGgufFile(path);
    if (!check.ok) throw new ModelLoadError(id, check.reason);
  }
  return new EngineProcess({ ...options, threads: options.threads ?? defaultThreads(), gpu: options.gpu ?? 'auto' });
}

/** All cores but one, at least one: with all of them llama.cpp's threads spin against the rest of the machine. */
function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}
