// From what a generation has done so far to llama-server's `timings`.
import type { Timings } from '../../protocol/inference/timings.ts';
import type { GenerationProgress } from '../engine/engine.ts';
import { roundMs } from './round-ms.ts';

export function toTimings(progress: GenerationProgress): Timings {
  const { promptTokens, cachedTokens, completionTokens, queueMs, firstTokenMs, decodeMs } = progress;
  const promptMs = firstTokenMs === null ? 0 : roundMs(firstTokenMs - queueMs);
  const predictedMs = roundMs(decodeMs);
  const computed = promptTokens - cachedTokens;
  return {
    cache_n: cachedTokens,
    prompt_n: computed,
    prompt_ms: promptMs,
    prompt_per_token_ms: ratio(promptMs, computed),
    prompt_per_second: ratio(computed * 1000, promptMs),
    predicted_n: completionTokens,
    predicted_ms: predictedMs,
    predicted_per_token_ms: ratio(predictedMs, completionTokens),
    predicted_per_second: ratio(completionTokens * 1000, predictedMs),
  };
}

function ratio(amount: number, by: number): number | null {
  return by === 0 ? null : roundMs(amount / by);
}
