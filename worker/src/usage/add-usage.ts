// Sums of usage: added up, and taken away from each other.
import type { UsageSum } from '../../../protocol/objects/usage-sum.ts';

export function noUsage(): UsageSum {
  return {
    calls: 0,
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    estimatedCalls: 0,
    firstTokens: 0,
    firstTokenMs: 0,
    errors: {},
  };
}

/** Adds `more` to `sum`, in place, `times` times (-1: takes it away). */
export function addUsage(sum: UsageSum, more: UsageSum, times: 1 | -1 = 1): void {
  sum.calls += times * more.calls;
  sum.promptTokens += times * more.promptTokens;
  sum.cachedTokens += times * more.cachedTokens;
  sum.completionTokens += times * more.completionTokens;
  sum.estimatedCalls += times * more.estimatedCalls;
  sum.firstTokens += times * more.firstTokens;
  sum.firstTokenMs += times * more.firstTokenMs;
  for (const [code, count] of Object.entries(more.errors)) sum.errors[code] = (sum.errors[code] ?? 0) + times * count;
}
