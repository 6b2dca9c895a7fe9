// The Registry's users: names and external ids (unique here and nowhere else), and what lists show. Reads and writes, all
// synchronous; in which order a change concerns the Account is registry.ts's.
import type { AccountState } from '../../../protocol/objects/account-administration.ts';
import type {
  NewUser,
  PageOf,
  PageRequest,
  UserChange,
  UserRecord,
} from '../../../protocol/objects/registry-administration.ts';
import { parseMetadata } from '../objects/key-row.ts';
import { cutPage } from './cut-page.ts';

type UserRow = {
  id: string;
  name: string;
  external_id: string | null;
  metadata: string;
  created_at: number;
  disabled: number;
};

export type PendingUser = { id: string; createdAt: number; failures: number };

/** Below every sequence number that the first page may show. */
const FROM_THE_NEWEST = Number.MAX_SAFE_INTEGER;

export class UserDirectory {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The first of what `user` would take from somebody else (never from `exceptId`), pending users included. */
  findConflict(
    user: { id?: string; name?: string | undefined; externalId?: string | null | undefined },
    exceptId: string | null,
  ): 'id_taken' | 'name_taken' | 'external_id_taken' | null {
    const taken = (column: 'id' | 'name' | 'external_id', value: string | null | undefined): boolean =>
      value !== undefined &&
      value !== null &&
      this.#sql.exec(`SELECT 1 FROM users WHERE ${column} = ? AND id IS NOT ?`, value, exceptId).toArray().length > 0;
    if (taken('name', user.name)) return 'name_taken';
    if (taken('external_id', user.externalId)) return 'external_id_taken';
    return taken('id', user.id) ? 'id_taken' : null;
  }

  /** Writes a user that its account does not know of yet; `settleDueMs`: when the alarm looks after it. */
  insertPending(user: NewUser, createdAt: number, settleDueMs: number): void {
    this.#sql.exec(
      `INSERT INTO users (id, name, external_id, metadata, created_at, state, settle_due_ms)
       VALUES (?, ?, ?, ?, ?, 'pending', ?)`,
      user.id,
      user.name,
      user.externalId,
      JSON.stringify(user.metadata),
      createdAt,
      settleDueMs,
    );
  }

  activate(id: string): void {
    this.#sql.exec(
      `UPDATE users SET state = 'active', settle_due_ms = NULL, settle_failures = 0 WHERE id = ? AND state = 'pending'`,
      id,
    );
  }

  /** An acknowledged user. */
  read(id: string): UserRecord | null {
    const [row] = this.#sql.exec<UserRow>(`SELECT * FROM users WHERE id = ? AND state = 'active'`, id).toArray();
    return row === undefined ? null : toRecord(row);
  }

  /** Null: `after` is not in the list. */
  list({ limit, after }: PageRequest): PageOf<UserRecord> | null {
    const before = after === null ? FROM_THE_NEWEST : this.#sequenceOf(after);
    if (before === null) return null;
    const rows = this.#sql.exec<UserRow>(
      `SELECT * FROM users WHERE state = 'active' AND sequence < ? ORDER BY sequence DESC LIMIT ?`,
      before,
      limit + 1,
    );
    return cutPage(rows.toArray().map(toRecord), limit);
  }

  /** Changes what the Registry itself is the truth of: everything but `disabled`. */
  writeChange(current: UserRecord, { name, externalId, metadata }: UserChange): void {
    this.#sql.exec(
      'UPDATE users SET name = ?, external_id = ?, metadata = ? WHERE id = ?',
      name ?? current.name,
      externalId === undefined ? current.externalId : externalId,
      JSON.stringify(metadata ?? current.metadata),
      current.id,
    );
  }

  /** Takes over the account's state, unless a newer one is here. */
  applyAccount(id: string, { disabled, version }: AccountState): void {
    this.#sql.exec(
      'UPDATE users SET disabled = ?, account_version = ? WHERE id = ? AND account_version < ?',
      disabled ? 1 : 0,
      version,
      id,
      version,
    );
  }

  /** Pending users that the alarm should look after now. */
  due(nowMs: number, limit: number): PendingUser[] {
    return this.#sql
      .exec<PendingUser>(
        `SELECT id, created_at AS createdAt, settle_failures AS failures FROM users
         WHERE settle_due_ms <= ? ORDER BY settle_due_ms LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray();
  }

  nextDueMs(): number | null {
    const query = 'SELECT min(settle_due_ms) AS due FROM users WHERE settle_due_ms IS NOT NULL';
    return this.#sql.exec<{ due: number | null }>(query).one().due;
  }

  postpone(id: string, failures: number, dueMs: number): void {
    this.#sql.exec(
      `UPDATE users SET settle_failures = ?, settle_due_ms = ? WHERE id = ? AND state <> 'active'`,
      failures,
      dueMs,
      id,
    );
  }

  #sequenceOf(id: string): number | null {
    const query = `SELECT sequence FROM users WHERE id = ? AND state = 'active'`;
    const [row] = this.#sql.exec<{ sequence: number }>(query, id).toArray();
    return row?.sequence ?? null;
  }
}

function toRecord(row: UserRow): UserRecord {
  return {
    id: row.id,
    name: row.name,
    externalId: row.external_id,
    disabled: row.disabled !== 0,
    metadata: parseMetadata(row.metadata),
    createdAt: row.created_at,
  };
}
