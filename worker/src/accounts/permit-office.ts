// Gives permits, and knows which are about: until when any may be in use, and which may still give something back.
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { LimitRefusal, Permit } from '../../../protocol/objects/account-admission.ts';
import type { ScopeName } from '../limits/limit-counters.ts';
import type { Amounts } from '../limits/limit-rules.ts';
import { OutstandingPermits, type PermitOwner } from './outstanding-permits.ts';
import { PermitClock } from './permit-clock.ts';

/** For so long a gateway may repeat a refusal: tokens are given back all the time, calls hardly ever. Milliseconds. */
const HOLD_MS = { tokens: 100, requests: 1_000, parallel: 0 } as const;

type Allowance = Pick<Permit, 'requests' | 'tokens'>;

export class PermitOffice {
  readonly #permitMs: number;
  readonly #clock: PermitClock;
  readonly #outstanding = new OutstandingPermits();

  constructor(permitMs: number, nowMs: number) {
    this.#permitMs = permitMs;
    this.#clock = new PermitClock(permitMs, nowMs);
  }

  /** After a restart with limits in use: permits may have been given a moment ago. */
  expectUnknown(nowMs: number): void {
    this.#outstanding.expectUnknown(this.#permitMs, nowMs);
  }

  /**
   * A permit that ends before `endsAt` (Unix seconds; null: never); null when that is too soon. `ownerOfRest`: whose limits get
   * back what is left of it; null: no limit counts it.
   */
  grant(allowance: Allowance, endsAt: number | null, ownerOfRest: PermitOwner | null, nowMs: number): Permit | null {
    const lifeMs = this.#clock.grant(nowMs, endsAt);
    if (lifeMs <= 0) return null;
    const permit = { id: `prm_${randomId()}`, lifeMs, ...allowance };
    if (ownerOfRest !== null) this.#outstanding.add(permit, ownerOfRest, nowMs);
    return permit;
  }

  /** What the limits of a scope have counted for permits that are about. */
  outstanding(scope: ScopeName, nowMs: number): Amounts {
    return this.#outstanding.amounts(scope, nowMs);
  }

  /** Its rest has come back. */
  takeBack(permitId: string): void {
    this.#outstanding.remove(permitId);
  }

  /** Milliseconds until what could help against this refusal of the key is back or lost; 0: nothing could. */
  waitMs({ name, scope, retryAfterMs }: LimitRefusal, keyId: string, nowMs: number): number {
    // Calls under way end when they end, and what is larger than the limit never fits.
    if (name === 'parallel_requests' || retryAfterMs === null) return 0;
    return this.#outstanding.waitMs(scope === 'key' ? keyId : null, nowMs);
  }

  /** For how many milliseconds a gateway may repeat a refusal. Whatever mends it waits that long, as for a permit. */
  holdMs({ name, retryAfterMs }: LimitRefusal, nowMs: number): number {
    const unit = name === 'parallel_requests' ? 'parallel' : name.startsWith('tokens') ? 'tokens' : 'requests';
    return Math.min(this.#clock.grant(nowMs, null), HOLD_MS[unit], retryAfterMs ?? Infinity);
  }

  /** Resolves when no permit that was given before this moment can be in use any more. */
  runOut(): Promise<void> {
    return this.#clock.runOut();
  }
}
