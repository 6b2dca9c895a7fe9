// llama.cpp itself: one instance per process, from the binaries that came with the package. Never compiles, never downloads.
import { getLlama, LlamaLogLevel, type Llama } from 'node-llama-cpp';

export type LlamaGpu = 'auto' | 'cuda' | 'vulkan' | 'metal' | false;

/** Loads the native library. `log` gets its warnings and errors, one line each; they hold no prompt and no completion. */
export async function loadLlama(gpu: LlamaGpu, log: (level: 'warn' | 'error', line: string) => void): Promise<Llama> {
  return getLlama({
    gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    logger: (level, message) => {
      const line = message.trim();
      if (line !== '') log(level === LlamaLogLevel.warn ? 'warn' : 'error', line);
    },
  });
}
