// What every answer to a key tells of its limits, in OpenAI's form
// (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), and until when a rotated-out secret works.
import { HEADER } from '../../../protocol/headers.ts';
import type { RateSnapshot } from '../../../protocol/objects/account-admission.ts';
import type { AnswerHeader } from '../gateway-call.ts';

const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
/** Written out: names put together at every call have to be looked up at every call. */
const RATES = [
  {
    unit: 'requests',
    limit: 'x-ratelimit-limit-requests',
    remaining: 'x-ratelimit-remaining-requests',
    reset: 'x-ratelimit-reset-requests',
  },
  {
    unit: 'tokens',
    limit: 'x-ratelimit-limit-tokens',
    remaining: 'x-ratelimit-remaining-tokens',
    reset: 'x-ratelimit-reset-tokens',
  },
] as const;

/** Puts the limits into an answer's headers; a unit without limit has none. */
export function addRateHeaders(headers: AnswerHeader[], rates: RateSnapshot): void {
  for (const { unit, limit, remaining, reset } of RATES) {
    const state = rates[unit];
    if (state === null) continue;
    headers.push([limit, String(state.limit)]);
    headers.push([remaining, String(state.remaining)]);
    headers.push([reset, formatDuration(state.resetMs)]);
  }
}

/** `rotateBy` in Unix seconds; null: the secret is the current one. An HTTP date (RFC 9110, section 5.6.7). */
export function addRotateBy(headers: AnswerHeader[], rotateBy: number | null): void {
  if (rotateBy !== null) headers.push([HEADER.rotateBy, new Date(rotateBy * MS_PER_SECOND).toUTCString()]);
}

/** As OpenAI writes durations: `0s`, `20ms`, `8.64s`, `6m0s`, `1h0m0s`. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.ceil(milliseconds);
  if (ms > 0 && ms < MS_PER_SECOND) return `${ms}ms`;
  const seconds = ms / MS_PER_SECOND;
  if (seconds < SECONDS_PER_MINUTE) return `${seconds}s`;
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / SECONDS_PER_HOUR);
  const minutes = Math.floor((whole % SECONDS_PER_HOUR) / SECONDS_PER_MINUTE);
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${whole % SECONDS_PER_MINUTE}s`;
}
