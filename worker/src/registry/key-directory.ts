// The Registry's copies of all keys, for lists. The truth is each key's Account; a copy is replaced only by one of a higher
// version. Reads and writes, all synchronous.
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { KeyRecord, NewKey } from '../../../protocol/objects/key-record.ts';
import type { PageOf, PageRequest } from '../../../protocol/objects/registry-administration.ts';
import { formatModels, toKeyRecord, type KeyRow } from '../objects/key-row.ts';
import { cutPage } from './cut-page.ts';

type CopyRow = KeyRow & { user_id: string };

export type PendingKey = { id: string; failures: number };

/** Below every sequence number that the first page may show. */
const FROM_THE_NEWEST = Number.MAX_SAFE_INTEGER;

export class KeyDirectory {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  has(id: string): boolean {
    return this.#sql.exec('SELECT 1 FROM keys WHERE id = ?', id).toArray().length > 0;
  }

  isActive(id: string): boolean {
    return this.#sql.exec(`SELECT 1 FROM keys WHERE id = ? AND state = 'active'`, id).toArray().length > 0;
  }

  /** Writes a key that its account does not know of yet; `settleDueMs`: when the alarm undoes it. */
  insertPending(key: NewKey, createdAt: number, settleDueMs: number): void {
    this.#sql.exec(
      `INSERT INTO keys (id, user_id, name, models, metadata, created_at, expires_at, state, settle_due_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?)`,
      key.keyId,
      accountOfKeyId(key.keyId),
      key.name,
      formatModels(key.models),
      JSON.stringify(key.metadata),
      createdAt,
      key.expiresAt,
      settleDueMs,
    );
  }

  /** False: the creation was given up meanwhile, and must not be acknowledged. */
  activate(id: string): boolean {
    const query = `UPDATE keys SET state = 'active', settle_due_ms = NULL, settle_failures = 0
                   WHERE id = ? AND state = 'pending' RETURNING id`;
    return this.#sql.exec(query, id).toArray().length > 0;
  }

  /** From here on the creation can no longer be acknowledged, only undone. */
  markCancelling(id: string): void {
    this.#sql.exec(`UPDATE keys SET state = 'cancelling' WHERE id = ? AND state = 'pending'`, id);
  }

  /** Forgets a key whose creation came to nothing. */
  removeUnacknowledged(id: string): void {
    this.#sql.exec(`DELETE FROM keys WHERE id = ? AND state <> 'active'`, id);
  }

  /** Takes over a key's record, unless a newer one is here or the key is not known here. */
  apply(record: KeyRecord): void {
    this.#sql.exec(
      `UPDATE keys SET name = ?, models = ?, metadata = ?, created_at = ?, expires_at = ?, revoked_at = ?,
       last_used_at = ?, version = ? WHERE id = ? AND version < ?`,
      record.name,
      formatModels(record.models),
      JSON.stringify(record.metadata),
      record.createdAt,
      record.expiresAt,
      record.revokedAt,
      record.lastUsedAt,
      record.version,
      record.keyId,
      record.version,
    );
  }

  /** Null: `after` is not in the list. */
  list({ limit, after }: PageRequest, userId: string | null): PageOf<KeyRecord> | null {
    const before = after === null ? FROM_THE_NEWEST : this.#sequenceOf(after);
    if (before === null) return null;
    const rows =
      userId === null
        ? this.#sql.exec<CopyRow>(
            `SELECT * FROM keys WHERE state = 'active' AND sequence < ? ORDER BY sequence DESC LIMIT ?`,
            before,
            limit + 1,
          )
        : this.#sql.exec<CopyRow>(
            `SELECT * FROM keys WHERE user_id = ? AND state = 'active' AND sequence < ? ORDER BY sequence DESC LIMIT ?`,
            userId,
            before,
            limit + 1,
          );
    return cutPage(
      rows.toArray().map((row) => toKeyRecord(row, row.user_id)),
      limit,
    );
  }

  /** Unacknowledged keys that the alarm should undo now. */
  due(nowMs: number, limit: number): PendingKey[] {
    return this.#sql
      .exec<PendingKey>(
        'SELECT id, settle_failures AS failures FROM keys WHERE settle_due_ms <= ? ORDER BY settle_due_ms LIMIT ?',
        nowMs,
        limit,
      )
      .toArray();
  }

  nextDueMs(): number | null {
    const query = 'SELECT min(settle_due_ms) AS due FROM keys WHERE settle_due_ms IS NOT NULL';
    return this.#sql.exec<{ due: number | null }>(query).one().due;
  }

  postpone(id: string, failures: number, dueMs: number): void {
    this.#sql.exec(
      `UPDATE keys SET settle_failures = ?, settle_due_ms = ? WHERE id = ? AND state <> 'active'`,
      failures,
      dueMs,
      id,
    );
  }

  #sequenceOf(id: string): number | null {
    const query = `SELECT sequence FROM keys WHERE id = ? AND state = 'active'`;
    const [row] = this.#sql.exec<{ sequence: number }>(query, id).toArray();
    return row?.sequence ?? null;
  }
}
