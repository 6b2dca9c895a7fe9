// The way in to the engine: checks the model files, then starts the process that holds them.
import { availableParallelism } from 'node:os';
import type { EngineOptions } from './engine-options.ts';
import { EngineProcess } from './engine-process.ts';
import { describeUnloaded } from './describe-unloaded.ts';
import type { LoadedModelFacts } from './engine-messages.ts';
import type { Engine } from './engine.ts';
import { ModelLoadError } from './model-load-error.ts';
import { checkGgufFile } from '../gguf/check-gguf-file.ts';
import { listModelParts } from '../gguf/model-parts.ts';

/**
 * Checks every model's file, starts the engine's process and returns at once, with the engine in state `starting`: await
 * `engine.ready` for the models. Throws a `ModelLoadError` for a file that is missing, damaged or not a GGUF model.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const known: LoadedModelFacts[] = [];
  for (const model of options.models) {
    const check = await checkGgufFile(model.path);
    if (!check.ok) throw new ModelLoadError(model.id, check.reason);
    const parts = await listModelParts(model.path);
    const missing = parts.find(({ sizeBytes }) => sizeBytes === null);
    if (missing !== undefined)
      throw new ModelLoadError(model.id, `${missing.path} is missing. Download the model again.`);
    known.push(
      describeUnloaded(
        model,
        check.facts,
        parts.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
      ),
    );
  }
  const { threads = defaultThreads(), gpu = 'auto' } = options;
  return new EngineProcess({ ...options, threads, gpu, known });
}

/** All cores but one, at least one: with all of them llama.cpp's threads spin against the rest of the machine. */
function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}
