// Admin tokens by their digests. The root token comes with the deployment (ADMIN_TOKEN_DIGEST) and can be replaced while the
// gateway runs; which digest the deployment brought last is remembered, so that a process that still carries the old one does
// not bring it back, while a new one set from outside (the way back in after a loss) takes over.
import type { AdminIdentity } from '../../../protocol/objects/registry-administration.ts';

const ROOT_ID = 'root';
const BOOTSTRAP_DIGEST = 'bootstrap_digest';
const SECONDS_PER_MINUTE = 60;

export class AdminTokens {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Takes over the deployment's root digest when it is another than the last one seen. `now` in Unix seconds. */
  bootstrap(digest: string, now: number): void {
    const { sql } = this.#storage;
    const [seen] = sql.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', BOOTSTRAP_DIGEST).toArray();
    if (seen?.value === digest) return;
    this.#storage.transactionSync(() => {
      this.#writeRoot(digest, now);
      sql.exec('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', BOOTSTRAP_DIGEST, digest);
    });
  }

  /** Whose token has this digest. Notes the use, at most once a minute. */
  authenticate(digest: string, now: number): AdminIdentity | null {
    const { sql } = this.#storage;
    const [row] = sql
      .exec<AdminIdentityRow>('SELECT id, role, last_used_at FROM admin_tokens WHERE digest = ?', digest)
      .toArray();
    if (row === undefined) return null;
    const minute = now - (now % SECONDS_PER_MINUTE);
    if (row.last_used_at !== minute) {
      sql.exec('UPDATE admin_tokens SET last_used_at = ? WHERE id = ?', minute, row.id);
    }
    return { tokenId: row.id, role: row.role };
  }

  /** Puts `digest` in the root token's place, if `presented` is the root token's now. */
  replaceRoot(presented: string, digest: string, now: number): boolean {
    const [root] = this.#storage.sql
      .exec('SELECT 1 FROM admin_tokens WHERE id = ? AND digest = ?', ROOT_ID, presented)
      .toArray();
    if (root === undefined) return false;
    this.#writeRoot(digest, now);
    return true;
  }

  #writeRoot(digest: string, now: number): void {
    this.#storage.sql.exec(
      `INSERT OR REPLACE INTO admin_tokens (id, digest, name, role, created_at) VALUES (?, ?, 'root', 'admin', ?)`,
      ROOT_ID,
      digest,
      now,
    );
  }
}

type AdminIdentityRow = { id: string; role: AdminIdentity['role']; last_used_at: number | null };
