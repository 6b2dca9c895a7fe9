// Admin tokens by their digests, as rows. A rotated token keeps its former secret until its grace ends; a revoked one stays as
// a tombstone, so that revoking it again gets the same answer. Reads and writes, all synchronous; what may be done with them is
// token-administration.ts's.
import type { AdminRole } from '../../../protocol/admin/admin-token.ts';
import type {
  AdminIdentity,
  AdminTokenRecord,
  NewAdminTokenRecord,
} from '../../../protocol/objects/registry-administration.ts';
import { RotatedTokens, tokenTimes, type TokenRow } from './rotated-tokens.ts';

export const ROOT_ID = 'root';
const BOOTSTRAP_DIGEST = 'bootstrap_digest';

type AdminTokenRow = TokenRow & { name: string; role: AdminRole };

export class AdminTokens {
  readonly #sql: SqlStorage;
  readonly #tokens: RotatedTokens<AdminTokenRow>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#tokens = new RotatedTokens(sql, 'admin_tokens');
  }

  /** Whose token has this digest, or had it before a rotation whose grace lasts. Notes the use, at most once a minute. */
  authenticate(digest: string, now: number): AdminIdentity | null {
    const row = this.#tokens.authenticate(digest, now);
    return row === null ? null : { tokenId: row.id, name: row.name, role: row.role };
  }

  /** Whether this is the digest of the root token's current secret. */
  isRoot(digest: string): boolean {
    return (
      this.#sql.exec('SELECT 1 FROM admin_tokens WHERE id = ? AND digest = ?', ROOT_ID, digest).toArray().length > 0
    );
  }

  /** The oldest first, so that the root token comes first. */
  list(now: number): AdminTokenRecord[] {
    return this.#sql
      .exec<AdminTokenRow>(`SELECT * FROM admin_tokens WHERE revoked_at IS NULL ORDER BY id <> 'root', rowid`)
      .toArray()
      .map((row) => toRecord(row, now));
  }

  /** A token that is not revoked. */
  read(id: string, now: number): AdminTokenRecord | null {
    const query = 'SELECT * FROM admin_tokens WHERE id = ? AND revoked_at IS NULL';
    const [row] = this.#sql.exec<AdminTokenRow>(query, id).toArray();
    return row === undefined ? null : toRecord(row, now);
  }

  isRevoked(id: string): boolean {
    const query = 'SELECT 1 FROM admin_tokens WHERE id = ? AND revoked_at IS NOT NULL';
    return this.#sql.exec(query, id).toArray().length > 0;
  }

  isNameTaken(name: string): boolean {
    const query = 'SELECT 1 FROM admin_tokens WHERE name = ? AND revoked_at IS NULL';
    return this.#sql.exec(query, name).toArray().length > 0;
  }

  count(): number {
    const query = 'SELECT count(*) AS count FROM admin_tokens WHERE revoked_at IS NULL';
    return this.#sql.exec<{ count: number }>(query).one().count;
  }

  insert({ id, digest, name, role }: NewAdminTokenRecord, now: number): void {
    const insert = 'INSERT INTO admin_tokens (id, digest, name, role, created_at) VALUES (?, ?, ?, ?, ?)';
    this.#sql.exec(insert, id, digest, name, role, now);
  }

  /** Gives a token a new secret. `formerEndsAt` null: the former one ends now. One that was former before ends in any case. */
  rotate(id: string, digest: string, formerEndsAt: number | null, now: number): void {
    this.#tokens.rotate(id, digest, formerEndsAt, now);
  }

  revoke(id: string, now: number): void {
    const update = 'UPDATE admin_tokens SET revoked_at = ?, former_digest = NULL, former_ends_at = NULL WHERE id = ?';
    this.#sql.exec(update, now, id);
  }

  /** The last digest of the deployment's that was taken over as the root token's. */
  readBootstrapDigest(): string | null {
    const query = 'SELECT value FROM meta WHERE name = ?';
    return this.#sql.exec<{ value: string }>(query, BOOTSTRAP_DIGEST).toArray()[0]?.value ?? null;
  }

  writeBootstrapDigest(digest: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', BOOTSTRAP_DIGEST, digest);
  }
}

function toRecord(row: AdminTokenRow, now: number): AdminTokenRecord {
  return { tokenId: row.id, name: row.name, role: row.role, ...tokenTimes(row, now) };
}
