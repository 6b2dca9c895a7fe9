// Whether attention is computed by llama.cpp's flash kernels. On a CPU they are the slower ones for all but long pieces of a prompt
// (docs/decisions/0016-plain-attention-on-cpus.md).
import type { BatchContextOptions } from './batch-context.ts';

/** `auto` leaves it to llama.cpp, which takes flash attention wherever the device has it: on a CPU, too. */
export type FlashAttention = boolean | 'auto';

/** In tokens. What plain attention needs for computing grows with it: 2 GB at 32,768 for 32 heads. */
const LONGEST_PLAIN_CONTEXT = 4096;

/** A quantised cache of values can be read by flash attention only. */
export function chooseFlashAttention(
  {
    flashAttention,
    kvCacheType,
    contextSize,
  }: Pick<BatchContextOptions, 'flashAttention' | 'kvCacheType' | 'contextSize'>,
  gpuLayers: number,
): FlashAttention {
  if (flashAttention !== 'auto') return flashAttention === 'on';
  return gpuLayers === 0 && kvCacheType === 'f16' && contextSize <= LONGEST_PLAIN_CONTEXT ? false : 'auto';
}
