// The Registry's copies of all keys, for lists. The truth is each key's Account; a copy is replaced only by one of a higher
// version. Reads and writes, all synchronous.
import * as z from 'zod';
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { KeyStatus } from '../../../protocol/admin/admin-key.ts';
import type { GraceSecret, KeyRecord, NewKey } from '../../../protocol/objects/key-record.ts';
import type { KeyFilter, PageOf, PageRequest } from '../../../protocol/objects/registry-administration.ts';
import { toKeyRecord, toSettingsRow, type KeyRow } from '../objects/key-row.ts';
import { cutPage } from './cut-page.ts';
import { keyConditions } from './key-filter.ts';
import { searchText } from './search-text.ts';

type CopyRow = KeyRow & { user_id: string; grace_secrets: string };

export type PendingKey = { id: string; failures: number };

export type KeyCounts = { byStatus: Record<KeyStatus, number>; dueForRotation: number };

const graceSecretsSchema: z.ZodType<GraceSecret[]> = z.array(
  z.object({ createdAt: z.number(), endsAt: z.number(), lastUsedAt: z.number().nullable() }),
);

/** Neither revoked nor expired, at `?1`. */
const USABLE = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)';
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
    const values: Record<string, SqlStorageValue> = {
      id: key.keyId,
      user_id: accountOfKeyId(key.keyId),
      ...toSettingsRow(key),
      created_at: createdAt,
      rotated_at: createdAt,
      search: searchText(key.name, key.keyId),
      state: 'pending',
      settle_due_ms: settleDueMs,
    };
    const names = Object.keys(values);
    this.#sql.exec(
      `INSERT INTO keys (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...Object.values(values),
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
    const { rotatedAt, rotateAfter } = record;
    const values: Record<string, SqlStorageValue> = {
      ...toSettingsRow(record),
      created_at: record.createdAt,
      disabled_at: record.disabledAt,
      revoked_at: record.revokedAt,
      last_used_at: record.lastUsedAt,
      rotated_at: rotatedAt,
      rotation_due_at: rotateAfter === null ? null : rotatedAt + rotateAfter,
      grace_secrets: JSON.stringify(record.graceSecrets),
      search: searchText(record.name, record.keyId),
      version: record.version,
    };
    this.#sql.exec(
      `UPDATE keys SET ${Object.keys(values)
        .map((name) => `${name} = ?`)
        .join(', ')} WHERE id = ? AND version < ?`,
      ...Object.values(values),
      record.keyId,
      record.version,
    );
  }

  /** Null: `after` is not in the list. `now` in Unix seconds. */
  list({ limit, after }: PageRequest, filter: KeyFilter, now: number): PageOf<KeyRecord> | null {
    const before = after === null ? FROM_THE_NEWEST : this.#sequenceOf(after);
    if (before === null) return null;
    const { sql, values } = keyConditions(filter, before, now);
    const index = filter.userId === null ? 'keys_in_order' : 'keys_of_user';
    const rows = this.#sql.exec<CopyRow>(
      `SELECT * FROM keys INDEXED BY ${index} WHERE ${sql} ORDER BY sequence DESC LIMIT ?`,
      ...values,
      limit + 1,
    );
    return cutPage(rows.toArray().map(toRecord), limit);
  }

  /** How many keys there are, counted in one pass over narrow index rows. `now` in Unix seconds. */
  count(now: number): KeyCounts {
    const { total, disabled, expired, revoked, due } = this.#sql
      .exec<Record<'total' | 'disabled' | 'expired' | 'revoked' | 'due', number>>(
        `SELECT count(*) AS total, count(revoked_at) AS revoked,
           count(iif(revoked_at IS NULL AND expires_at <= ?1, 1, NULL)) AS expired,
           count(iif(disabled_at IS NOT NULL AND ${USABLE}, 1, NULL)) AS disabled,
           count(iif(rotation_due_at <= ?1 AND ${USABLE}, 1, NULL)) AS due
         FROM keys INDEXED BY keys_in_order WHERE state = 'active' AND sequence > 0`,
        now,
      )
      .one();
    return {
      byStatus: { active: total - disabled - expired - revoked, disabled, expired, revoked },
      dueForRotation: due,
    };
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

  /** Rows of the first schema have no text to search in yet. */
  fillSearchTexts(): void {
    const rows = this.#sql.exec<CopyRow>('SELECT * FROM keys WHERE search IS NULL');
    for (const { id, name } of rows.toArray()) {
      this.#sql.exec('UPDATE keys SET search = ? WHERE id = ?', searchText(name, id), id);
    }
  }

  #sequenceOf(id: string): number | null {
    const query = `SELECT sequence FROM keys WHERE id = ? AND state = 'active'`;
    return this.#sql.exec<{ sequence: number }>(query, id).toArray()[0]?.sequence ?? null;
  }
}

function toRecord(row: CopyRow): KeyRecord {
  return toKeyRecord(row, row.user_id, graceSecretsSchema.parse(JSON.parse(row.grace_secrets)));
}
