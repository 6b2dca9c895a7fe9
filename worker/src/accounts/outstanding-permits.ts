// Allowances that gateways hold in permits and may still give back. A call is refused only when no such thing is left that could
// help it: until then it is told to ask again. In memory only: a restarted object cannot know what it gave, so it counts as if all of
// it could still come back for a permit's whole life.
import type { Permit } from '../../../protocol/objects/account-admission.ts';
import type { ScopeName } from '../limits/limit-counters.ts';
import type { Amounts } from '../limits/limit-rules.ts';

/** A gateway gives back what is left within this time of a permit's end. Milliseconds. */
const RETURN_MS = 1_000;

/** Whose limits counted a permit's allowance: those of the key and of its user, for all models and for this one. */
export type PermitOwner = { keyId: string; model: string };
type Held = PermitOwner & Amounts & { endsMs: number };

export class OutstandingPermits {
  readonly #held = new Map<string, Held>();
  #unknownUntilMs = 0;

  /** After a restart: permits of the longest life may have been given a moment ago. */
  expectUnknown(permitMs: number, nowMs: number): void {
    this.#unknownUntilMs = nowMs + permitMs + RETURN_MS;
  }

  add({ id, lifeMs, requests, tokens }: Permit, owner: PermitOwner, nowMs: number): void {
    this.#forget(nowMs);
    this.#held.set(id, { ...owner, requests, tokens: tokens ?? 0, endsMs: nowMs + lifeMs + RETURN_MS });
  }

  /** Given back. */
  remove(permitId: string): void {
    this.#held.delete(permitId);
  }

  /** What the limits of a scope have counted for permits that are about: a crash would lose what is not used of it. */
  amounts({ keyId, model }: ScopeName, nowMs: number): Amounts {
    this.#forget(nowMs);
    const sum: Amounts = { requests: 0, tokens: 0 };
    for (const held of this.#held.values()) {
      if ((keyId !== null && held.keyId !== keyId) || (model !== null && held.model !== model)) continue;
      sum.requests += held.requests;
      sum.tokens += held.tokens;
    }
    return sum;
  }

  /** Milliseconds until all that could help is back, or known to be lost: of the key's own, or (null) of the whole account's. */
  waitMs(keyId: string | null, nowMs: number): number {
    this.#forget(nowMs);
    let wait = Math.max(0, this.#unknownUntilMs - nowMs);
    for (const held of this.#held.values()) {
      if (keyId === null || held.keyId === keyId) wait = Math.max(wait, held.endsMs - nowMs);
    }
    return wait;
  }

  #forget(nowMs: number): void {
    for (const [id, { endsMs }] of this.#held) if (endsMs <= nowMs) this.#held.delete(id);
  }
}
