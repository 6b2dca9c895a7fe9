// A restore of everything, from the first page until it is finished. Meanwhile the Registry is out of service: it knows nobody but the
// root token that it had, and its tables are those of the release that was backed up. Accounts are opened one by one, as their last
// pages arrive; it is put in force last, when all is there. What broke off is found by that, and goes on with the same backup.
import type { FinishRestore, RestoreRequest, StoragePage } from '../../../protocol/admin/backup.ts';
import { fingerprintCheckSecret } from '../../../protocol/credentials/fingerprint-check-secret.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { AdminIdentity } from '../../../protocol/objects/registry-administration.ts';
import type { StateAnswer, StateRefusal } from '../../../protocol/objects/state-backup.ts';
import type { KeyCheckSecrets } from '../keys/check-keys.ts';
import { storedSchemaVersion } from '../objects/migrate-schema.ts';
import { StorageLoad } from '../objects/storage-load.ts';
import type { AccountAccess } from './account-access.ts';
import { ROOT_ID } from './admin-tokens.ts';
import { compareCopies } from './compare-copies.ts';
import type { RegistryAudit } from './registry-audit.ts';
import { REGISTRY_STORAGE } from './registry-storage-plan.ts';

/** While it is there a restore is under way. Its one row: the digest of the root token that may go on with it. */
const ACCESS_TABLE = 'restore_access';
/** The accounts that are in, and how many rows they have. */
const ACCOUNTS_TABLE = 'restored_accounts';

/** What the finished Registry is put in force with. */
export type RestoredParts = { audit: RegistryAudit; count: () => { users: number; keys: number } };

export type RegistryRestoreOptions = {
  storage: DurableObjectStorage;
  accounts: AccountAccess;
  secrets: () => KeyCheckSecrets;
};

export class RegistryRestore {
  readonly #options: RegistryRestoreOptions;
  readonly #sql: SqlStorage;
  readonly #load: StorageLoad;

  constructor(options: RegistryRestoreOptions) {
    const { storage } = options;
    this.#options = options;
    this.#sql = storage.sql;
    this.#load = new StorageLoad({ storage, plan: REGISTRY_STORAGE, keep: [ACCESS_TABLE, ACCOUNTS_TABLE] });
  }

  get isUnderWay(): boolean {
    return this.#sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', ACCESS_TABLE).toArray().length > 0;
  }

  /** Who may go on with it; null: nobody else. */
  authenticate(digest: string): AdminIdentity | null {
    const mayGoOn = this.#sql.exec(`SELECT 1 FROM ${ACCESS_TABLE} WHERE digest = ?`, digest).toArray().length > 0;
    return mayGoOn ? { tokenId: ROOT_ID, name: ROOT_ID, role: 'admin' } : null;
  }

  async restorePages({ backup, key_check: keyCheck, pages }: RestoreRequest): Promise<StateAnswer<null>> {
    if (!(await this.#hasSecretOf(keyCheck))) return refuse('other_key_check');
    for (const page of pages.filter(({ object }) => object === 'registry')) {
      const refusal = this.#putOwn(backup, page);
      if (refusal !== null) return refuse(refusal);
    }
    const others = pages.filter(({ object }) => object !== 'registry');
    const refusals = await Promise.all(others.map((page) => this.#putAccount(backup, page)));
    const refusal = refusals.find((reason) => reason !== null);
    return refusal === undefined ? { ok: true, value: null } : refuse(refusal);
  }

  /** `awaken` brings what was loaded into force but for the audit's head, and gives what that takes. */
  async finish(
    { backup, accounts, rows }: FinishRestore,
    actor: AuditActor,
    awaken: () => RestoredParts,
  ): Promise<StateAnswer<{ users: number; keys: number }>> {
    const progress = this.#load.readProgress();
    if (!this.isUnderWay || progress?.backup !== backup) return refuse('no_restore_under_way');
    const there = this.#sql
      .exec<{ accounts: number; rows: number }>(
        `SELECT count(*) AS accounts, total(rows) AS rows FROM ${ACCOUNTS_TABLE}`,
      )
      .one();
    const isComplete =
      progress.state === 'complete' && there.accounts === accounts && there.rows + progress.rows === rows;
    if (!isComplete) return refuse('incomplete');
    const { audit, count } = this.#awaken(backup, actor, awaken);
    // Whatever head is kept there is of the chain that this Registry had before.
    await audit.takeOverHead();
    this.#options.storage.transactionSync(() => {
      this.#load.close();
      this.#sql.exec(`DROP TABLE ${ACCESS_TABLE}; DROP TABLE ${ACCOUNTS_TABLE}`);
    });
    return { ok: true, value: count() };
  }

  /** Once: when the head could not be kept, the next try finds it done. */
  #awaken(backup: string, actor: AuditActor, awaken: () => RestoredParts): RestoredParts {
    return this.#options.storage.transactionSync(() => {
      const isDone = storedSchemaVersion(this.#sql) > 0;
      if (!isDone) this.#load.migrate();
      const parts = awaken();
      if (!isDone) {
        const after = { backup, ...parts.count() };
        parts.audit.append({ actor, action: 'state.restore', target: 'registry', before: null, after });
      }
      return parts;
    });
  }

  #putOwn(backup: string, page: StoragePage): StateRefusal | null {
    const isFirst = !this.isUnderWay;
    if (isFirst && !this.#isFresh()) return 'not_empty';
    return this.#options.storage.transactionSync(() => {
      const access = isFirst ? this.#readRootDigest() : null;
      const loaded = this.#load.put(backup, page, isFirst, () => undefined);
      if (!loaded.ok) return loaded.reason;
      if (access !== null) {
        this.#sql.exec(`CREATE TABLE ${ACCESS_TABLE} (digest TEXT NOT NULL)`);
        this.#sql.exec(`INSERT INTO ${ACCESS_TABLE} (digest) VALUES (?)`, access);
        this.#sql.exec(`CREATE TABLE ${ACCOUNTS_TABLE} (id TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID`);
      }
      return null;
    });
  }

  async #putAccount(backup: string, page: StoragePage): Promise<StateRefusal | null> {
    const { object: id } = page;
    const progress = this.#load.readProgress();
    if (!this.isUnderWay || progress === null) return 'no_restore_under_way';
    if (progress.backup !== backup) return 'other_backup';
    if (progress.state !== 'complete') return 'out_of_order';
    if (this.#sql.exec('SELECT 1 FROM users WHERE id = ?', id).toArray().length === 0) return 'malformed';
    const stale = this.#options.storage.transactionSync(() => compareCopies(this.#sql, id, page));
    const answer = await this.#options.accounts.reach(id, (account) => account.loadStorage(backup, page, stale));
    if (answer === null) return 'account_unavailable';
    if (!answer.ok) return answer.reason;
    if (answer.rows !== null) {
      this.#sql.exec(`INSERT OR REPLACE INTO ${ACCOUNTS_TABLE} (id, rows) VALUES (?, ?)`, id, answer.rows);
    }
    return null;
  }

  /** As the first start leaves it: nothing but the root token, and the gateway's own note of it. */
  #isFresh(): boolean {
    const { used } = this.#sql
      .exec<{ used: number }>(
        `SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM keys)
           OR EXISTS (SELECT 1 FROM nodes) OR EXISTS (SELECT 1 FROM admin_tokens WHERE id <> ?) AS used`,
        ROOT_ID,
      )
      .one();
    return used === 0;
  }

  #readRootDigest(): string {
    const query = 'SELECT digest FROM admin_tokens WHERE id = ?';
    return this.#sql.exec<{ digest: string }>(query, ROOT_ID).one().digest;
  }

  async #hasSecretOf(keyCheck: string): Promise<boolean> {
    const { keyCheckSecret, previousKeyCheckSecret } = this.#options.secrets();
    const secrets = previousKeyCheckSecret === null ? [keyCheckSecret] : [keyCheckSecret, previousKeyCheckSecret];
    return (await Promise.all(secrets.map(fingerprintCheckSecret))).includes(keyCheck);
  }
}

function refuse(reason: StateRefusal): { ok: false; reason: StateRefusal } {
  return { ok: false, reason };
}
