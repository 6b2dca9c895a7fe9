// The calls of an account that are under way, as far as it knows of them: those that it admitted one by one, and every call that was
// renewed. Durable are the ones that must survive a restart: calls that count against a limit of parallel ones, and long ones.
import { LEASE_LIFE_MS, type Lease } from '../../../protocol/objects/account-admission.ts';
import type { ScopeName } from '../limits/limit-counters.ts';
import { parseLease } from './stored-lease.ts';

type HeldLease = { lease: Lease; renewedMs: number; durable: boolean };

export class LeaseBook {
  readonly #sql: SqlStorage;
  readonly #byCall = new Map<string, HeldLease>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Reads the durable ones after a restart. They count as renewed now, since nobody could renew them meanwhile. */
  load(nowMs: number): void {
    for (const { lease } of this.#sql.exec<{ lease: string }>('SELECT lease FROM leases').toArray()) {
      const parsed = parseLease(lease);
      this.#byCall.set(parsed.callId, { lease: parsed, renewedMs: nowMs, durable: true });
    }
  }

  get(callId: string): Lease | null {
    return this.#byCall.get(callId)?.lease ?? null;
  }

  /** Takes a lease, or what a renewal or a move says of it now. */
  put(lease: Lease, nowMs: number, durable: boolean): void {
    const held = this.#byCall.get(lease.callId);
    const changed = held === undefined || held.lease.nodeId !== lease.nodeId || held.lease.attempt !== lease.attempt;
    const keep = durable || held?.durable === true;
    if (keep && (changed || !held.durable)) {
      const query = 'INSERT OR REPLACE INTO leases (call_id, lease, renewed_ms) VALUES (?, ?, ?)';
      this.#sql.exec(query, lease.callId, JSON.stringify(lease), nowMs);
    }
    this.#byCall.set(lease.callId, { lease, renewedMs: nowMs, durable: keep });
  }

  remove(callId: string): void {
    const held = this.#byCall.get(callId);
    if (held === undefined) return;
    this.#byCall.delete(callId);
    if (held.durable) this.#sql.exec('DELETE FROM leases WHERE call_id = ?', callId);
  }

  /** How many calls of a scope are under way. */
  count({ keyId, model }: ScopeName): number {
    let count = 0;
    for (const { lease } of this.#byCall.values()) {
      if ((keyId === null || lease.keyId === keyId) && (model === null || lease.model === model)) count += 1;
    }
    return count;
  }

  /** Leases that nobody renewed in time. */
  expired(nowMs: number): Lease[] {
    return [...this.#byCall.values()]
      .filter(({ renewedMs }) => renewedMs + LEASE_LIFE_MS <= nowMs)
      .map(({ lease }) => lease);
  }

  /** When the first durable lease expires, in Unix milliseconds; null: there is none. The others go with the object. */
  nextDueMs(): number | null {
    let due: number | null = null;
    for (const { renewedMs, durable } of this.#byCall.values()) {
      if (durable && (due === null || renewedMs + LEASE_LIFE_MS < due)) due = renewedMs + LEASE_LIFE_MS;
    }
    return due;
  }
}
