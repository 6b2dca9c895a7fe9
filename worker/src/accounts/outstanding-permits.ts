// Allowances that gateways hold in permits and may still give back. A call is refused only when no such thing is left that could
// help it: until then it is told to ask again. In memory only: a restarted object cannot know what it gave, so it counts as if all of
// it could still come back for a permit's whole life.
import type { Permit } from '../../../protocol/objects/account-admission.ts';

/** A gateway gives back what is left within this time of a permit's end. Milliseconds. */
const RETURN_MS = 1_000;

type Held = { keyId: string; endsMs: number };

export class OutstandingPermits {
  readonly #held = new Map<string, Held>();
  #unknownUntilMs = 0;

  /** After a restart: permits of the longest life may have been given a moment ago. */
  expectUnknown(permitMs: number, nowMs: number): void {
    this.#unknownUntilMs = nowMs + permitMs + RETURN_MS;
  }

  add(permit: Permit, keyId: string, nowMs: number): void {
    this.#forget(nowMs);
    this.#held.set(permit.id, { keyId, endsMs: nowMs + permit.lifeMs + RETURN_MS });
  }

  /** Given back. */
  remove(permitId: string): void {
    this.#held.delete(permitId);
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
