// The rows of an account: its user, its keys, their secrets. Reads and writes, no judgement. All of it is synchronous, so
// that callers can decide and write without anything happening in between. What calls are judged by is remembered until the
// next write: the object is the only one who writes, so the memory is never behind.
import type { AccountState } from '../../../protocol/objects/account-administration.ts';
import type { KeyChange, KeyRecord, NewKey } from '../../../protocol/objects/key-record.ts';
import { formatModels, parseModels, toKeyRecord, type KeyRow } from '../objects/key-row.ts';

export type SecretRow = {
  digest: string;
  key_id: string;
  state: 'current' | 'revoked';
  index_written_ms: number | null;
};

/** What a call is judged by. */
export type AdmissionFacts = {
  disabled: boolean;
  revokedAt: number | null;
  expiresAt: number | null;
  models: string[] | null;
  lastUsedAt: number | null;
  secrets: SecretRow[];
};

/** Some 500 bytes each. Beyond it all are forgotten and read again as they are asked for. */
const MAX_REMEMBERED_FACTS = 2_000;

export class KeyStore {
  readonly #sql: SqlStorage;
  readonly #facts = new Map<string, AdmissionFacts>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  readAccount(): (AccountState & { id: string }) | null {
    const [row] = this.#sql
      .exec<{ id: string; disabled: number; version: number }>('SELECT id, disabled, version FROM account')
      .toArray();
    return row === undefined ? null : { id: row.id, disabled: row.disabled !== 0, version: row.version };
  }

  insertAccount(id: string, createdAt: number): void {
    this.#write('INSERT INTO account (id, created_at) VALUES (?, ?)', id, createdAt);
  }

  setDisabled(disabled: boolean): void {
    this.#write('UPDATE account SET disabled = ?, version = version + 1', disabled ? 1 : 0);
  }

  /** Of one account: `accountId` is not stored with each key. */
  readKey(keyId: string): KeyRecord | null {
    const account = this.readAccount();
    const [row] = this.#sql.exec<KeyRow>('SELECT * FROM keys WHERE id = ?', keyId).toArray();
    return account === null || row === undefined ? null : toKeyRecord(row, account.id);
  }

  /** Read on every call: no more than judging needs. */
  readAdmissionFacts(keyId: string): AdmissionFacts | null {
    const remembered = this.#facts.get(keyId);
    if (remembered !== undefined) return remembered;
    const facts = this.#queryAdmissionFacts(keyId);
    if (this.#facts.size >= MAX_REMEMBERED_FACTS) this.#facts.clear();
    if (facts !== null) this.#facts.set(keyId, facts);
    return facts;
  }

  #queryAdmissionFacts(keyId: string): AdmissionFacts | null {
    const [row] = this.#sql
      .exec<Pick<KeyRow, 'models' | 'expires_at' | 'revoked_at' | 'last_used_at'> & { disabled: number }>(
        `SELECT keys.models, keys.expires_at, keys.revoked_at, keys.last_used_at, account.disabled
         FROM keys CROSS JOIN account WHERE keys.id = ?`,
        keyId,
      )
      .toArray();
    if (row === undefined) return null;
    return {
      disabled: row.disabled !== 0,
      revokedAt: row.revoked_at,
      expiresAt: row.expires_at,
      models: parseModels(row.models),
      lastUsedAt: row.last_used_at,
      secrets: this.secretsOf(keyId),
    };
  }

  insertKey(key: NewKey, createdAt: number): void {
    this.#write(
      'INSERT INTO keys (id, name, models, metadata, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      key.keyId,
      key.name,
      formatModels(key.models),
      JSON.stringify(key.metadata),
      createdAt,
      key.expiresAt,
    );
    this.#write(
      `INSERT INTO secrets (digest, key_id, state, created_at) VALUES (?, ?, 'current', ?)`,
      key.secretDigest,
      key.keyId,
      createdAt,
    );
  }

  writeChange(current: KeyRecord, change: KeyChange): void {
    const { name = current.name, models = current.models, metadata = current.metadata } = change;
    this.#write(
      'UPDATE keys SET name = ?, models = ?, metadata = ?, expires_at = ?, version = version + 1 WHERE id = ?',
      name,
      formatModels(models),
      JSON.stringify(metadata),
      change.expiresAt === undefined ? current.expiresAt : change.expiresAt,
      current.keyId,
    );
  }

  revokeKey(keyId: string, now: number): void {
    this.#write('UPDATE keys SET revoked_at = ?, version = version + 1 WHERE id = ?', now, keyId);
    this.#write(`UPDATE secrets SET state = 'revoked' WHERE key_id = ?`, keyId);
  }

  /** Removes a key as if it had never been, and remembers that its id must not be used any more. */
  cancelKey(keyId: string, now: number): void {
    this.#write('DELETE FROM keys WHERE id = ?', keyId);
    this.#write('DELETE FROM secrets WHERE key_id = ?', keyId);
    this.#write('INSERT OR IGNORE INTO cancelled_keys (id, cancelled_at) VALUES (?, ?)', keyId, now);
  }

  isCancelled(keyId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM cancelled_keys WHERE id = ?', keyId).toArray().length > 0;
  }

  /** A later use than the one stored, in Unix seconds. */
  writeLastUse(keyId: string, usedAt: number): void {
    this.#write('UPDATE keys SET last_used_at = ?, version = version + 1 WHERE id = ?', usedAt, keyId);
  }

  secretsOf(keyId: string): SecretRow[] {
    return this.#sql
      .exec<SecretRow>('SELECT digest, key_id, state, index_written_ms FROM secrets WHERE key_id = ?', keyId)
      .toArray();
  }

  readSecret(digest: string): SecretRow | null {
    const [row] = this.#sql
      .exec<SecretRow>('SELECT digest, key_id, state, index_written_ms FROM secrets WHERE digest = ?', digest)
      .toArray();
    return row ?? null;
  }

  /** Notes when the index was last written for a secret, in Unix milliseconds. */
  noteIndexWrite(digest: string, writtenMs: number): void {
    this.#write('UPDATE secrets SET index_written_ms = ? WHERE digest = ?', writtenMs, digest);
  }

  /** The only way to write: what is remembered may have become wrong. */
  #write(statement: string, ...values: SqlStorageValue[]): void {
    this.#facts.clear();
    this.#sql.exec(statement, ...values);
  }
}
