// Of two sums the higher one, number by number: for counters that must never go back (a monitoring system takes a smaller
// number for a restart, and counts all of it again).
import type { UsageSum } from '../../../protocol/objects/usage-sum.ts';

export function highestUsage(one: UsageSum, other: UsageSum): UsageSum {
  const errors = { ...one.errors };
  for (const [code, count] of Object.entries(other.errors)) errors[code] = Math.max(errors[code] ?? 0, count);
  return {
    calls: Math.max(one.calls, other.calls),
    promptTokens: Math.max(one.promptTokens, other.promptTokens),
    cachedTokens: Math.max(one.cachedTokens, other.cachedTokens),
    completionTokens: Math.max(one.completionTokens, other.completionTokens),
    estimatedCalls: Math.max(one.estimatedCalls, other.estimatedCalls),
    firstTokens: Math.max(one.firstTokens, other.firstTokens),
    firstTokenMs: Math.max(one.firstTokenMs, other.firstTokenMs),
    errors,
  };
}
