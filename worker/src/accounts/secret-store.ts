// The rows of an account's secrets: of each key the current one, former ones that still work, and ended ones. Reads and writes,
// no judgement; synchronous.
import type { AccountSql } from './account-sql.ts';

/** `current` works; `grace` works before `ends_at` (Unix seconds); `revoked` has ended. */
export type SecretRow = {
  digest: string;
  key_id: string;
  state: 'current' | 'grace' | 'revoked';
  created_at: number;
  /** Of a secret in `grace` alone. */
  ends_at: number | null;
  /** Since it became what it is: current, or a former one. */
  last_used_at: number | null;
  index_written_ms: number | null;
};

/** Ended secrets are kept so that the log can tell what was presented; a key that is rotated for ever must not grow for ever. */
const MAX_ENDED_SECRETS = 32;

export class SecretStore {
  readonly #sql: AccountSql;

  constructor(sql: AccountSql) {
    this.#sql = sql;
  }

  read(digest: string): SecretRow | null {
    return this.#sql.read<SecretRow>('SELECT * FROM secrets WHERE digest = ?', digest)[0] ?? null;
  }

  /** Newest first. */
  ofKey(keyId: string): SecretRow[] {
    return this.#sql.read('SELECT * FROM secrets WHERE key_id = ? ORDER BY created_at DESC, rowid DESC', keyId);
  }

  /** All of the account's, in the order of their digests, after `after`. */
  list(after: string, limit: number): SecretRow[] {
    return this.#sql.read('SELECT * FROM secrets WHERE digest > ? ORDER BY digest LIMIT ?', after, limit);
  }

  insertCurrent(keyId: string, digest: string, createdAt: number): void {
    const insert = `INSERT INTO secrets (digest, key_id, state, created_at) VALUES (?, ?, 'current', ?)`;
    this.#sql.write(insert, digest, keyId, createdAt);
  }

  /** The current secret becomes a former one that works until `endsAt`. Its use is noted anew from here on. */
  beginGrace(keyId: string, endsAt: number): void {
    this.#sql.write(
      `UPDATE secrets SET state = 'grace', ends_at = ?, last_used_at = NULL WHERE key_id = ? AND state = 'current'`,
      endsAt,
      keyId,
    );
  }

  /** Ends a key's former secrets whose end is `now` or before, or (null) all of them. Gives the digests of those it ended. */
  endFormer(keyId: string, now: number | null): string[] {
    return this.#sql
      .write<{ digest: string }>(
        `UPDATE secrets SET state = 'revoked', ends_at = NULL
         WHERE key_id = ?1 AND state = 'grace' AND (?2 IS NULL OR ends_at <= ?2) RETURNING digest`,
        keyId,
        now,
      )
      .map(({ digest }) => digest);
  }

  endAll(keyId: string): void {
    this.#sql.write(`UPDATE secrets SET state = 'revoked', ends_at = NULL WHERE key_id = ?`, keyId);
  }

  /** Forgets the oldest of a key's ended secrets, when there are too many; never one whose index entry is still to be removed. */
  forgetOldest(keyId: string): void {
    this.#sql.write(
      `DELETE FROM secrets WHERE digest IN (
         SELECT digest FROM secrets WHERE key_id = ? AND state = 'revoked' ORDER BY created_at DESC, rowid DESC
         LIMIT -1 OFFSET ?)
       AND digest NOT IN (SELECT subject FROM outbox WHERE target = 'index')`,
      keyId,
      MAX_ENDED_SECRETS,
    );
  }

  remove(keyId: string): void {
    this.#sql.write('DELETE FROM secrets WHERE key_id = ?', keyId);
  }

  /** Some keys with former secrets whose end is `now` (Unix seconds) or before. */
  keysWithEnded(now: number, limit: number): string[] {
    const query = 'SELECT DISTINCT key_id FROM secrets WHERE ends_at IS NOT NULL AND ends_at <= ? LIMIT ?';
    return this.#sql.read<{ key_id: string }>(query, now, limit).map((row) => row.key_id);
  }

  /** When the next former secret ends, in Unix seconds; null: there is none. */
  nextEnd(): number | null {
    const query = 'SELECT min(ends_at) AS ends_at FROM secrets WHERE ends_at IS NOT NULL';
    return this.#sql.read<{ ends_at: number | null }>(query)[0]?.ends_at ?? null;
  }

  writeUse(digest: string, usedAt: number): void {
    this.#sql.write('UPDATE secrets SET last_used_at = ? WHERE digest = ?', usedAt, digest);
  }

  /** Notes when the index was last written for a secret, in Unix milliseconds. */
  noteIndexWrite(digest: string, writtenMs: number): void {
    this.#sql.write('UPDATE secrets SET index_written_ms = ? WHERE digest = ?', writtenMs, digest);
  }
}

/** Whether a former secret still works at `now` (Unix seconds). */
export function isWorkingFormer(secret: SecretRow, now: number): secret is SecretRow & { ends_at: number } {
  return secret.state === 'grace' && secret.ends_at !== null && secret.ends_at > now;
}
