// The Registry's users: names and external ids (unique here and nowhere else), and what lists show. Reads and writes, all
// synchronous; in which order a change concerns the Account is user-administration.ts's. A deleted user's row stays, so that
// its usage and its audit can be asked for; its name and external id are free again.
import type { AccountState } from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type {
  NewUser,
  PageOf,
  PageRequest,
  UserFilter,
  UserRecord,
} from '../../../protocol/objects/registry-administration.ts';
import { formatLimits } from '../objects/stored-limits.ts';
import { cutPage } from './cut-page.ts';
import { foldCase, searchText } from './search-text.ts';
import { toUnsettledUser, toUserRecord, type UnsettledUser, type UserRow } from './user-row.ts';

/** Below every sequence number that the first page may show. */
const FROM_THE_NEWEST = Number.MAX_SAFE_INTEGER;

/** What is unique among users. */
type Unique = { id?: string; name?: string | undefined; externalId?: string | null | undefined };

export class UserDirectory {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The first of what `user` would take from somebody else (never from `exceptId`), pending users included. */
  findConflict(user: Unique, exceptId: string | null): 'id_taken' | 'name_taken' | 'external_id_taken' | null {
    const taken = (condition: string, value: string | null | undefined): boolean =>
      value !== undefined &&
      value !== null &&
      this.#sql.exec(`SELECT 1 FROM users WHERE ${condition} AND id IS NOT ?`, value, exceptId).toArray().length > 0;
    if (taken(`name = ? AND state <> 'deleted'`, user.name)) return 'name_taken';
    if (taken(`external_id = ? AND state <> 'deleted'`, user.externalId)) return 'external_id_taken';
    return taken('id = ?', user.id) ? 'id_taken' : null;
  }

  /** Whose external id this is, whether or not its creation is complete. */
  findByExternalId(externalId: string): string | null {
    const query = `SELECT id FROM users WHERE external_id = ? AND state <> 'deleted'`;
    return this.#sql.exec<{ id: string }>(query, externalId).toArray()[0]?.id ?? null;
  }

  /** Writes a user that its account does not know of yet; `settleDueMs`: when the alarm looks after it. */
  insertPending(user: NewUser & { disabled: boolean }, createdAt: number, settleDueMs: number): void {
    this.#sql.exec(
      `INSERT INTO users (id, name, external_id, metadata, limits, search, disabled, created_at, state, settle_due_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)`,
      user.id,
      user.name,
      user.externalId,
      JSON.stringify(user.metadata),
      formatLimits(user.limits),
      searchText(user.name, user.externalId, user.id),
      user.disabled ? 1 : 0,
      createdAt,
      settleDueMs,
    );
  }

  /** The account is open and has the user's state. */
  activate(id: string, { version }: AccountState): void {
    this.#sql.exec(
      `UPDATE users SET state = 'active', account_version = ?, settle_due_ms = NULL, settle_failures = 0
       WHERE id = ? AND state = 'pending'`,
      version,
      id,
    );
  }

  /** An acknowledged user. */
  read(id: string): UserRecord | null {
    const [row] = this.#sql.exec<UserRow>(`SELECT * FROM users WHERE id = ? AND state = 'active'`, id).toArray();
    return row === undefined ? null : toUserRecord(row);
  }

  /** Whether there is or was such a user. */
  wasEver(id: string): boolean {
    const query = `SELECT 1 FROM users WHERE id = ? AND state IN ('active', 'deleted')`;
    return this.#sql.exec(query, id).toArray().length > 0;
  }

  /** Null: `after` is not in the list. */
  list({ limit, after }: PageRequest, { search, externalId }: UserFilter): PageOf<UserRecord> | null {
    const before = after === null ? FROM_THE_NEWEST : this.#sequenceOf(after);
    if (before === null) return null;
    const conditions = [`state = 'active'`, 'sequence < ?'];
    const values: SqlStorageValue[] = [before];
    if (search !== null) {
      conditions.push('instr(search, ?) > 0');
      values.push(foldCase(search));
    }
    if (externalId !== null) {
      // The second half lets SQLite see that the index, which leaves deleted users out, has every row that is asked for.
      conditions.push(`external_id = ? AND state <> 'deleted'`);
      values.push(externalId);
    }
    const index = externalId === null ? 'INDEXED BY users_in_order' : 'INDEXED BY users_by_external_id';
    const rows = this.#sql.exec<UserRow>(
      `SELECT * FROM users ${index} WHERE ${conditions.join(' AND ')} ORDER BY sequence DESC LIMIT ?`,
      ...values,
      limit + 1,
    );
    return cutPage(rows.toArray().map(toUserRecord), limit);
  }

  /** The users after `after`, deleted ones included, in the order in which they were made; null: `after` names none. */
  idsAfter(after: string | null, limit: number): string[] | null {
    const from = after === null ? 0 : this.#sequenceOf(after, `'active', 'deleted'`);
    if (from === null) return null;
    const query = `SELECT id FROM users WHERE sequence > ? AND state IN ('active', 'deleted') ORDER BY sequence LIMIT ?`;
    return this.#sql
      .exec<{ id: string }>(query, from, limit)
      .toArray()
      .map(({ id }) => id);
  }

  /**
   * Writes a changed user. With `settleDueMs` its account has yet to be told, by the alarm at the latest. Returns the number of
   * this change, by which `settle` knows whether another one came in between.
   */
  writeChange(user: UserRecord, settleDueMs: number | null): number {
    return this.#sql
      .exec<{ change_number: number }>(
        `UPDATE users SET name = ?, external_id = ?, metadata = ?, limits = ?, disabled = ?, search = ?,
         change_number = change_number + 1, settle_due_ms = coalesce(?, settle_due_ms) WHERE id = ?
         RETURNING change_number`,
        user.name,
        user.externalId,
        JSON.stringify(user.metadata),
        formatLimits(user.limits),
        user.disabled ? 1 : 0,
        searchText(user.name, user.externalId, user.id),
        settleDueMs,
        user.id,
      )
      .one().change_number;
  }

  /** The account has the user's state as of a change: nothing is left to tell, unless there was another change since. */
  settle(id: string, changeNumber: number, { version }: AccountState): void {
    this.#sql.exec(
      `UPDATE users SET account_version = max(account_version, ?),
         settle_due_ms = iif(change_number = ? AND deletion_actor IS NULL, NULL, settle_due_ms),
         settle_failures = 0
       WHERE id = ? AND state = 'active'`,
      version,
      changeNumber,
      id,
    );
  }

  /** Takes over the account's state, unless a newer one is here, or one that the account has yet to be told. */
  applyAccount(id: string, { disabled, limits, version }: AccountState): void {
    this.#sql.exec(
      `UPDATE users SET disabled = ?, limits = ?, account_version = ?
       WHERE id = ? AND account_version < ? AND settle_due_ms IS NULL`,
      disabled ? 1 : 0,
      formatLimits(limits),
      version,
      id,
      version,
    );
  }

  /** Notes that the user is to be deleted, and who wants it: the alarm asks the account again, should this break off. */
  beginDeletion(id: string, actor: AuditActor, settleDueMs: number): void {
    const update = 'UPDATE users SET deletion_actor = ?, settle_due_ms = ? WHERE id = ?';
    this.#sql.exec(update, JSON.stringify(actor), settleDueMs, id);
  }

  /** The account refused: the user stays. What else its account has to be told is told by the alarm. */
  dropDeletion(id: string): void {
    this.#sql.exec('UPDATE users SET deletion_actor = NULL WHERE id = ?', id);
  }

  /** False: it was deleted before. */
  markDeleted(id: string): boolean {
    const query = `UPDATE users SET state = 'deleted', external_id = NULL, metadata = '{}', limits = NULL, search = '',
                   deletion_actor = NULL, settle_due_ms = NULL WHERE id = ? AND state = 'active' RETURNING id`;
    return this.#sql.exec(query, id).toArray().length > 0;
  }

  /** Users whose account has yet to be told something, and that the alarm should look after now. */
  due(nowMs: number, limit: number): UnsettledUser[] {
    return this.#sql
      .exec<UserRow>('SELECT * FROM users WHERE settle_due_ms <= ? ORDER BY settle_due_ms LIMIT ?', nowMs, limit)
      .toArray()
      .map(toUnsettledUser);
  }

  /** A user whose account has yet to be told something. */
  readUnsettled(id: string): UnsettledUser | null {
    const query = 'SELECT * FROM users WHERE id = ? AND settle_due_ms IS NOT NULL';
    const [row] = this.#sql.exec<UserRow>(query, id).toArray();
    return row === undefined ? null : toUnsettledUser(row);
  }

  nextDueMs(): number | null {
    const query = 'SELECT min(settle_due_ms) AS due FROM users WHERE settle_due_ms IS NOT NULL';
    return this.#sql.exec<{ due: number | null }>(query).one().due;
  }

  postpone(id: string, failures: number, dueMs: number): void {
    const update = 'UPDATE users SET settle_failures = ?, settle_due_ms = ? WHERE id = ? AND settle_due_ms IS NOT NULL';
    this.#sql.exec(update, failures, dueMs, id);
  }

  /** Users there are, and how many of them are disabled. */
  count(): { users: number; disabledUsers: number } {
    const query = `SELECT count(*) AS users, coalesce(sum(disabled), 0) AS disabledUsers FROM users WHERE state = 'active'`;
    return this.#sql.exec<{ users: number; disabledUsers: number }>(query).one();
  }

  /** Rows of the first schema have no text to search in yet. */
  fillSearchTexts(): void {
    const rows = this.#sql.exec<UserRow>('SELECT * FROM users WHERE search IS NULL').toArray();
    for (const { id, name, external_id: externalId } of rows) {
      this.#sql.exec('UPDATE users SET search = ? WHERE id = ?', searchText(name, externalId, id), id);
    }
  }

  #sequenceOf(id: string, states = `'active'`): number | null {
    const query = `SELECT sequence FROM users WHERE id = ? AND state IN (${states})`;
    return this.#sql.exec<{ sequence: number }>(query, id).toArray()[0]?.sequence ?? null;
  }
}
