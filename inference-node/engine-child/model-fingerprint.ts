// OpenAI's `system_fingerprint`: the same as long as everything is that may change an answer, so that a caller with a `seed` can
// tell a new model file or another setting from chance.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { ModelOptions } from '../engine/engine-options.ts';
import { NODE_LLAMA_CPP_VERSION } from '../llama-cpp/native.ts';

/** Raised when this code computes, samples, tokenizes or renders otherwise. */
const REVISION = 3;
/** Of a model's file only both ends are read: the first has its settings and the beginning of its weights. */
const END_BYTES = 1_048_576;
const DIGITS = 10;

/** `fp_` and ten hexadecimal digits. */
export async function fingerprintModel(options: ModelOptions, gpu: string | false): Promise<string> {
  const { path, contextSize, kvCacheType, flashAttention, gpuLayers, chatTemplate } = options;
  const settings = [
    REVISION,
    NODE_LLAMA_CPP_VERSION,
    gpu,
    contextSize,
    kvCacheType,
    flashAttention,
    gpuLayers,
    chatTemplate,
  ];
  const hash = createHash('sha256').update(JSON.stringify(settings.map((setting) => setting ?? null)));
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(END_BYTES, size));
    for (const position of [0, size - buffer.length]) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    hash.update(String(size));
  } finally {
    await file.close();
  }
  return `fp_${hash.digest('hex').slice(0, DIGITS)}`;
}
