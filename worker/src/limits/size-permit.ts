// How large a permit's allowance is: enough that a busy key seldom has to ask, little enough that what several gateways hold back
// hardly matters. Near a limit there is none, and every call is judged one by one.
import type { Amounts, LimitUnit } from './limit-rules.ts';

/** Of what is left, a permit takes at most this share. */
const SHARE = 1 / 8;
/** A gateway that answers thousands of calls a second asks some ten times a second. */
const MAX_REQUESTS = 256;
/** An allowance of less saves no question worth saving. */
const MIN_REQUESTS = 2;

/**
 * `room`: what is left beside the call itself; `spare`: what a crash may lose of it; null: not limited. Null: no permit. `tokens`
 * null: not limited.
 */
export function sizePermit(
  call: Amounts,
  room: Record<LimitUnit, number | null>,
  spare: Record<LimitUnit, number | null>,
): { requests: number; tokens: number | null } | null {
  const byRequests = Math.min(MAX_REQUESTS, shareOf(room.requests), spare.requests ?? Infinity);
  const tokens = Math.min(shareOf(room.tokens), spare.tokens ?? Infinity);
  const byTokens = call.tokens === 0 ? Infinity : Math.floor(tokens / call.tokens);
  const requests = Math.min(byRequests, byTokens);
  if (requests < MIN_REQUESTS) return null;
  return { requests, tokens: room.tokens === null ? null : requests * call.tokens };
}

function shareOf(room: number | null): number {
  return room === null ? Infinity : Math.floor(room * SHARE);
}
