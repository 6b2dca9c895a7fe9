// Which calls and permits were settled, so that each is settled once. A row goes a while after the node has forgotten the call's
// record, or when no journal can hold it any more. What was settled by an estimate is remembered, to be corrected once by the record.
import { z } from 'zod';

/** Longer than a node keeps a record that nobody acknowledged (48 h). */
const KEPT_MS = 72 * 3_600_000;
/**
 * A sweep that read the record before the node forgot it may come a little later: its questions have time limits of seconds.
 * Milliseconds.
 */
const FORGETTING_MS = 30_000;
/** What waits to be forgotten, at most: some 10 MB. Beyond it the oldest go early. */
const MAX_FORGETTING = 100_000;
/** For so long a late record corrects an estimate. */
const CORRECTABLE_MS = 24 * 3_600_000;

const provisionalSchema = z.object({
  hour: z.int(),
  keyId: z.string(),
  model: z.string(),
  attempt: z.int(),
  chargedAt: z.int(),
  /** What was counted of it: requests and prompt tokens, and whether as an estimate. */
  requests: z.int(),
  promptTokens: z.int(),
  estimatedCalls: z.int(),
  error: z.string().nullable(),
});

/** What an assumption has put into usage and limits. */
export type Provisional = z.infer<typeof provisionalSchema>;

/** Usage has the record's counts, and limits still what was reserved: the gateway that reserved it may come and settle that. */
const USAGE_ONLY = 'usage_only';

export class SettledCalls {
  readonly #sql: SqlStorage;
  /** Oldest first. Should the object go, their rows stay until no journal can hold them any more. */
  readonly #forgetting: { id: string; dueMs: number }[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** `new`: not settled yet; `final`: settled; `usage_only`: in usage alone; else the assumption that a record may still correct. */
  find(id: string, nowMs: number): 'new' | 'final' | typeof USAGE_ONLY | Provisional {
    const [row] = this.#sql
      .exec<{ settled_ms: number; provisional: string | null }>(
        'SELECT settled_ms, provisional FROM settled_calls WHERE call_id = ?',
        id,
      )
      .toArray();
    if (row === undefined) return 'new';
    if (row.provisional === null || row.settled_ms + CORRECTABLE_MS < nowMs) return 'final';
    if (row.provisional === USAGE_ONLY) return USAGE_ONLY;
    return provisionalSchema.parse(JSON.parse(row.provisional));
  }

  /** Notes that a call or a permit is settled, for good or so that more may still come. */
  add(id: string, state: 'final' | typeof USAGE_ONLY | Provisional, nowMs: number): void {
    const provisional = state === 'final' ? null : state === USAGE_ONLY ? state : JSON.stringify(state);
    this.#sql.exec(
      'INSERT OR REPLACE INTO settled_calls (call_id, settled_ms, provisional) VALUES (?, ?, ?)',
      id,
      nowMs,
      provisional,
    );
  }

  /** Soon nothing will be heard of these any more. An estimate stays, for it may still be corrected. */
  forget(ids: readonly string[], nowMs: number): void {
    for (const id of ids) this.#forgetting.push({ id, dueMs: nowMs + FORGETTING_MS });
    const early = this.#forgetting.length - MAX_FORGETTING;
    const due = this.#forgetting.findIndex(({ dueMs }) => dueMs > nowMs);
    for (const { id } of this.#forgetting.splice(0, Math.max(due === -1 ? this.#forgetting.length : due, early))) {
      this.#sql.exec('DELETE FROM settled_calls WHERE call_id = ? AND provisional IS NULL', id);
    }
  }

  /** Removes what no journal can hold any more. */
  purge(nowMs: number): void {
    this.forget([], nowMs);
    this.#sql.exec('DELETE FROM settled_calls WHERE settled_ms < ?', nowMs - KEPT_MS);
  }
}
