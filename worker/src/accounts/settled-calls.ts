// Which calls and permits were settled, so that each is settled once. A row goes a while after the node has forgotten the call's
// record, or when no journal can hold it any more. What was settled by an estimate is remembered, to be corrected once by the record.
import * as z from 'zod';

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

const usageOnlySchema = z.object({ recordedTokens: z.int() });

/**
 * Usage has the record's counts (here all its tokens), and limits still what was reserved: the gateway that reserved it may come and
 * settle that.
 */
export type UsageOnly = z.infer<typeof usageOnlySchema>;

const storedStateSchema = z.union([usageOnlySchema, provisionalSchema]);

type SettledState = 'new' | 'final' | UsageOnly | Provisional;
type SettledRow = { call_id: string; settled_ms: number; provisional: string | null };

export class SettledCalls {
  readonly #sql: SqlStorage;
  /** Oldest first. Should the object go, their rows stay until no journal can hold them any more. */
  readonly #forgetting: { id: string; dueMs: number }[] = [];
  /** What was read for the batch in hand; null: there is no row. */
  #read = new Map<string, SettledRow | null>();
  readonly #unwritten = new Map<string, Exclude<SettledState, 'new'>>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Reads what is known of a batch's calls and permits, all at once: one by one they cost more than everything else of them. */
  prefetch(ids: readonly string[]): void {
    this.#read = new Map(ids.map((id) => [id, null]));
    const query = `SELECT call_id, settled_ms, provisional FROM settled_calls
                   WHERE call_id IN (SELECT value FROM json_each(?))`;
    for (const row of this.#sql.exec<SettledRow>(query, JSON.stringify(ids))) this.#read.set(row.call_id, row);
  }

  /** `new`: not settled yet; `final`: settled; else in usage alone, or by an assumption that a record may still correct. */
  find(id: string, nowMs: number): SettledState {
    const unwritten = this.#unwritten.get(id);
    if (unwritten !== undefined) return unwritten;
    const row = this.#read.get(id) ?? (this.#read.has(id) ? null : this.#readRow(id));
    if (row === null) return 'new';
    if (row.provisional === null || row.settled_ms + CORRECTABLE_MS < nowMs) return 'final';
    return storedStateSchema.parse(JSON.parse(row.provisional));
  }

  /** Notes that a call or a permit is settled, for good or so that more may still come. `write` stores it. */
  add(id: string, state: Exclude<SettledState, 'new'>): void {
    this.#unwritten.set(id, state);
  }

  /** Stores what was added, inside the transaction of what added it. */
  write(nowMs: number): void {
    const rows = [...this.#unwritten].map(([id, state]) => [id, formatState(state)]);
    this.#unwritten.clear();
    this.#read.clear();
    if (rows.length === 0) return;
    this.#sql.exec(
      `INSERT OR REPLACE INTO settled_calls (call_id, settled_ms, provisional)
       SELECT value ->> 0, ?, value ->> 1 FROM json_each(?)`,
      nowMs,
      JSON.stringify(rows),
    );
  }

  /** Soon nothing will be heard of these any more. An estimate stays, for it may still be corrected. */
  forget(ids: readonly string[], nowMs: number): void {
    for (const id of ids) this.#forgetting.push({ id, dueMs: nowMs + FORGETTING_MS });
    const early = this.#forgetting.length - MAX_FORGETTING;
    const due = this.#forgetting.findIndex(({ dueMs }) => dueMs > nowMs);
    const gone = this.#forgetting.splice(0, Math.max(due === -1 ? this.#forgetting.length : due, early));
    if (gone.length === 0) return;
    const query = `DELETE FROM settled_calls
                   WHERE provisional IS NULL AND call_id IN (SELECT value FROM json_each(?))`;
    this.#sql.exec(query, JSON.stringify(gone.map(({ id }) => id)));
  }

  /** Removes what no journal can hold any more. */
  purge(nowMs: number): void {
    this.forget([], nowMs);
    this.#sql.exec('DELETE FROM settled_calls WHERE settled_ms < ?', nowMs - KEPT_MS);
  }

  #readRow(id: string): SettledRow | null {
    const query = 'SELECT call_id, settled_ms, provisional FROM settled_calls WHERE call_id = ?';
    return this.#sql.exec<SettledRow>(query, id).toArray()[0] ?? null;
  }
}

function formatState(state: Exclude<SettledState, 'new'>): string | null {
  return state === 'final' ? null : JSON.stringify(state);
}
