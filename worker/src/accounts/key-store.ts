// The rows of an account: its user and its keys. Reads and writes, no judgement. All of it is synchronous, so that callers can
// decide and write without anything happening in between. What calls are judged by is remembered until the next write.
import type { Limits } from '../../../protocol/admin/limits.ts';
import type { AccountState } from '../../../protocol/objects/account-administration.ts';
import type { GraceSecret, KeyRecord, KeySettings, NewKey } from '../../../protocol/objects/key-record.ts';
import { toKeyRecord, toSettingsRow, type KeyRow, type KeySettingsRow } from '../objects/key-row.ts';
import { formatLimits, parseLimits } from '../objects/stored-limits.ts';
import type { AccountSql } from './account-sql.ts';
import type { SecretRow, SecretStore } from './secret-store.ts';

export type { SecretRow } from './secret-store.ts';

/** What a call is judged by. */
export type AdmissionFacts = {
  record: KeyRecord;
  /** True also for a closed account. */
  userDisabled: boolean;
  userLimits: Limits | null;
  /** All of them, ended ones included. */
  secrets: SecretRow[];
};

export type AccountFacts = AccountState & { id: string; closed: boolean };
type AccountRow = { id: string; disabled: number; limits: string | null; closed: number; version: number };

/** Some 1,000 bytes each. Beyond it all are forgotten and read again as they are asked for. */
const MAX_REMEMBERED_FACTS = 2_000;

const SETTINGS: readonly (keyof KeySettingsRow)[] = [
  'name',
  'models',
  'scopes',
  'addresses',
  'limits',
  'metadata',
  'expires_at',
  'rotate_after',
  'priority',
];

export class KeyStore {
  readonly #sql: AccountSql;
  readonly #secrets: SecretStore;
  readonly #facts = new Map<string, AdmissionFacts>();
  /** The number of writes at which `#facts` was right. */
  #factsAt = 0;

  constructor(sql: AccountSql, secrets: SecretStore) {
    this.#sql = sql;
    this.#secrets = secrets;
  }

  readAccount(): AccountFacts | null {
    const [row] = this.#sql.read<AccountRow>('SELECT id, disabled, limits, closed, version FROM account');
    if (row === undefined) return null;
    const { id, disabled, limits, closed, version } = row;
    return { id, disabled: disabled !== 0, limits: parseLimits(limits), closed: closed !== 0, version };
  }

  insertAccount(id: string, createdAt: number, limits: Limits | null): void {
    const insert = 'INSERT INTO account (id, created_at, limits) VALUES (?, ?, ?)';
    this.#sql.write(insert, id, createdAt, formatLimits(limits));
  }

  writeAccount(disabled: boolean, limits: Limits | null): void {
    const update = 'UPDATE account SET disabled = ?, limits = ?, version = version + 1';
    this.#sql.write(update, disabled ? 1 : 0, formatLimits(limits));
  }

  closeAccount(): void {
    this.#sql.write('UPDATE account SET closed = 1, version = version + 1');
  }

  hasUnrevokedKeys(): boolean {
    return this.#sql.read('SELECT 1 FROM keys WHERE revoked_at IS NULL LIMIT 1').length > 0;
  }

  /** Of one account: `accountId` is not stored with each key. */
  readKey(keyId: string): KeyRecord | null {
    return this.#readKey(keyId, () => this.#secrets.ofKey(keyId));
  }

  /** Read on every call. */
  readAdmissionFacts(keyId: string): AdmissionFacts | null {
    if (this.#factsAt !== this.#sql.writes || this.#facts.size >= MAX_REMEMBERED_FACTS) this.#facts.clear();
    this.#factsAt = this.#sql.writes;
    const remembered = this.#facts.get(keyId);
    if (remembered !== undefined) return remembered;
    const secrets = this.#secrets.ofKey(keyId);
    const record = this.#readKey(keyId, () => secrets);
    const account = this.readAccount();
    if (record === null || account === null) return null;
    const userDisabled = account.disabled || account.closed;
    const facts = { record, userDisabled, userLimits: account.limits, secrets };
    this.#facts.set(keyId, facts);
    return facts;
  }

  insertKey(key: NewKey, createdAt: number): void {
    const row = toSettingsRow(key);
    this.#sql.write(
      `INSERT INTO keys (id, created_at, rotated_at, ${SETTINGS.join(', ')})
       VALUES (?, ?, ?${', ?'.repeat(SETTINGS.length)})`,
      key.keyId,
      createdAt,
      createdAt,
      ...SETTINGS.map((name) => row[name]),
    );
    this.#secrets.insertCurrent(key.keyId, key.secretDigest, createdAt);
  }

  writeSettings(keyId: string, settings: KeySettings): void {
    const row = toSettingsRow(settings);
    this.#sql.write(
      `UPDATE keys SET ${SETTINGS.map((name) => `${name} = ?`).join(', ')}, version = version + 1 WHERE id = ?`,
      ...SETTINGS.map((name) => row[name]),
      keyId,
    );
  }

  /** `disabledAt` null: it is enabled. */
  writeDisabled(keyId: string, disabledAt: number | null): void {
    this.#sql.write('UPDATE keys SET disabled_at = ?, version = version + 1 WHERE id = ?', disabledAt, keyId);
  }

  revokeKey(keyId: string, now: number): void {
    this.#sql.write('UPDATE keys SET revoked_at = ?, version = version + 1 WHERE id = ?', now, keyId);
    this.#secrets.endAll(keyId);
  }

  /** `now`: when the current secret was made. */
  writeRotation(keyId: string, now: number): void {
    this.#sql.write('UPDATE keys SET rotated_at = ?, version = version + 1 WHERE id = ?', now, keyId);
  }

  /** Its record has changed, by its secrets alone. */
  raiseVersion(keyId: string): void {
    this.#sql.write('UPDATE keys SET version = version + 1 WHERE id = ?', keyId);
  }

  /** A later use than the one stored, in Unix seconds. */
  writeLastUse(keyId: string, usedAt: number): void {
    this.#sql.write('UPDATE keys SET last_used_at = ?, version = version + 1 WHERE id = ?', usedAt, keyId);
  }

  /** Removes a key as if it had never been, and remembers that its id must not be used any more. */
  cancelKey(keyId: string, now: number): void {
    this.#sql.write('DELETE FROM keys WHERE id = ?', keyId);
    this.#secrets.remove(keyId);
    this.#sql.write('INSERT OR IGNORE INTO cancelled_keys (id, cancelled_at) VALUES (?, ?)', keyId, now);
  }

  isCancelled(keyId: string): boolean {
    return this.#sql.read('SELECT 1 FROM cancelled_keys WHERE id = ?', keyId).length > 0;
  }

  #readKey(keyId: string, readSecrets: () => SecretRow[]): KeyRecord | null {
    const account = this.readAccount();
    const [row] = this.#sql.read<KeyRow>('SELECT * FROM keys WHERE id = ?', keyId);
    return account === null || row === undefined ? null : toKeyRecord(row, account.id, toGraceSecrets(readSecrets()));
  }
}

/** Former secrets that have not ended, or whose end the alarm has not seen yet. */
function toGraceSecrets(secrets: readonly SecretRow[]): GraceSecret[] {
  return secrets.flatMap(({ state, created_at: createdAt, ends_at: endsAt, last_used_at: lastUsedAt }) =>
    state === 'grace' && endsAt !== null ? [{ createdAt, endsAt, lastUsedAt }] : [],
  );
}
