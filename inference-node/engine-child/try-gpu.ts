// Whether the GPU that llama.cpp found computes at all: a driver that is too old for the binaries shows only with the first kernel, and
// then ends the process. So it is tried with a model that everybody has, before it is trusted with the operator's.
import { fileURLToPath } from 'node:url';
import { LoadedModel } from '../llama-cpp/loaded-model.ts';
import type { loadLlama } from '../llama-cpp/load-llama.ts';

const MODEL = fileURLToPath(new URL('../../models/tiny-llama.gguf', import.meta.url));
const CONTEXT_SIZE = 256;

/** Computes a few tokens. Rejects when that fails; where native code aborts, the process ends. */
export async function tryGpu(llama: Awaited<ReturnType<typeof loadLlama>>): Promise<void> {
  const model = await LoadedModel.load(llama, {
    path: MODEL,
    contextSize: CONTEXT_SIZE,
    sequences: 1,
    gpuLayers: null,
    chatTemplate: null,
    onProgress: () => undefined,
  });
  try {
    const context = await model.createContext({
      sequences: 1,
      threads: 1,
      kvCacheType: 'f16',
      flashAttention: 'auto',
    });
    const tokens = model.tokenize('What is an API key?', 'plain');
    await context.step([{ sequence: 0, firstPosition: 0, tokens, sampler: null }]);
    await context.dispose();
  } finally {
    await model.dispose();
  }
}
