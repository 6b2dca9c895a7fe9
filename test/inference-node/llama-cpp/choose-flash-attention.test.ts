// What `flash_attention = "auto"` means: plain attention on a CPU alone, where its buffers are small and the cache can be read by it.
import { expect, test } from 'vitest';
import { chooseFlashAttention } from '../../../inference-node/llama-cpp/choose-flash-attention.ts';

test.each([
  ['auto', 'f16', 4096, 0, false],
  ['auto', 'f16', 4097, 0, 'auto'],
  ['auto', 'f16', 4096, 1, 'auto'],
  ['auto', 'q8_0', 4096, 0, 'auto'],
  ['auto', 'q4_0', 4096, 0, 'auto'],
  ['on', 'f16', 4096, 0, true],
  ['off', 'f16', 8192, 16, false],
] as const)(
  '%s with a cache of %s, %i tokens of context and %i layers on a GPU is %s',
  (flashAttention, kvCacheType, contextSize, gpuLayers, chosen) => {
    expect(chooseFlashAttention({ flashAttention, kvCacheType, contextSize }, gpuLayers)).toBe(chosen);
  },
);
