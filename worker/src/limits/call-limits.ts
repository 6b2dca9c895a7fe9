// The two limits of a single call that count nothing over time: how large it may be, and how many there may be at once.
import type { LimitRefusal } from '../../../protocol/objects/account-admission.ts';
import { limitSetsOf, type LimitsOfCall, type ScopeName } from './limit-counters.ts';

/** When a running call ends nobody can know; a second is what clients of OpenAI's wait as a rule. Milliseconds. */
const PARALLEL_RETRY_MS = 1_000;

/** The largest `max_tokens` that every limit allows; null: any. */
export function largestMaxTokens(call: LimitsOfCall): number | null {
  const caps = [...limitSetsOf(call)].flatMap(({ limits }) => limits.max_tokens_per_call ?? []);
  return caps.length === 0 ? null : Math.min(...caps);
}

/** Whether some limit counts calls that are under way, so that each has to be known one by one. */
export function countsParallel(call: LimitsOfCall): boolean {
  return [...limitSetsOf(call)].some(({ limits }) => limits.parallel_requests !== undefined);
}

/** The limit of parallel calls that one more would break; null: none. */
export function findParallelShortage(call: LimitsOfCall, underWay: (scope: ScopeName) => number): LimitRefusal | null {
  for (const { keyId, model, limits } of limitSetsOf(call)) {
    const limit = limits.parallel_requests;
    if (limit === undefined || underWay({ keyId, model }) < limit) continue;
    const scope = keyId === null ? 'user' : 'key';
    return { name: 'parallel_requests', scope, model, limit, retryAfterMs: PARALLEL_RETRY_MS };
  }
  return null;
}
