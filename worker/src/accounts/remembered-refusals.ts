// Refusals that this isolate may repeat without asking: a caller that goes on hammering at its limit does not reach its Account.
// Each for as long as the Account said, a second at most, and only for calls that are no smaller.
import type { AdmitRequest, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import { BoundedMap } from '../isolate/bounded-map.ts';

/** About 3 MB. A key beyond it is asked for at every call, nothing worse. */
const MAX_REFUSALS = 10_000;
const MS_PER_SECOND = 1_000;

type LimitReached = Extract<AdmitResult, { reason: 'limit_reached' }>;
type CallSize = Pick<AdmitRequest, 'promptTokens' | 'maxTokens' | 'maxTokensNamed'>;
type Remembered = { refusal: LimitReached; size: CallSize; atMs: number; untilMs: number };

export class RememberedRefusals {
  readonly #refusals = new BoundedMap<string, Remembered>(MAX_REFUSALS);

  /** The refusal of a moment ago, its wait shortened by the time since. A clock that stepped back makes it worthless. */
  find(request: AdmitRequest, nowMs: number): LimitReached | null {
    const known = this.#refusals.get(placeOf(request));
    if (known === undefined || nowMs < known.atMs || nowMs >= known.untilMs) return null;
    if (!isNoSmaller(request, known.size)) return null;
    const { refusal } = known.refusal;
    const left =
      refusal.retryAfterMs === null ? null : Math.max(MS_PER_SECOND, refusal.retryAfterMs - (nowMs - known.atMs));
    return { ...known.refusal, refusal: { ...refusal, retryAfterMs: left } };
  }

  keep(request: AdmitRequest, refusal: LimitReached, nowMs: number): void {
    if (refusal.holdsMs <= 0) return;
    const untilMs = nowMs + refusal.holdsMs;
    const { promptTokens, maxTokens, maxTokensNamed } = request;
    const size = { promptTokens, maxTokens, maxTokensNamed };
    this.#refusals.set(placeOf(request), { refusal, size, atMs: nowMs, untilMs });
  }
}

function placeOf({ secretDigest, address, scope, model }: AdmitRequest): string {
  return [secretDigest, address, scope, model].join(' ');
}

/** Whether a call cannot reserve less, nor be refused for anything else. What a cap makes of `max_tokens` only the Account knows. */
function isNoSmaller({ promptTokens, maxTokens, maxTokensNamed }: CallSize, than: CallSize): boolean {
  if (maxTokensNamed && (!than.maxTokensNamed || maxTokens > than.maxTokens)) return false;
  return promptTokens >= than.promptTokens && maxTokens >= than.maxTokens;
}
