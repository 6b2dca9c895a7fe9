// The way in to the engine: checks the model files, then starts the process that holds them.
import type { EngineOptions } from './engine-options.ts';
import type { Engine } from './engine.ts';

/**
 * Checks every model's file, starts the engine's process and returns at once, with the engine in state `starting`: await
 * `engine.ready` for the models. Throws a `ModelLoadError` for a file that is missing, damaged or not a GGUF model.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  throw new Error(`the engine is not built yet: ${options.models.length} models`);
}
