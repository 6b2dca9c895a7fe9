// An account's storage in pages: out of an account for a backup, and into one that was never opened at a restore.
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type {
  DumpCursor,
  DumpedPage,
  LoadAnswer,
  PageSize,
  StaleCopies,
} from '../../../protocol/objects/storage-dump.ts';
import { dumpStorage } from '../objects/dump-storage.ts';
import { StorageLoad } from '../objects/storage-load.ts';
import type { AccountOutbox } from './account-outbox.ts';
import { ACCOUNT_STORAGE } from './account-storage-plan.ts';
import { oweStale } from './owe-after-restore.ts';

export class AccountBackup {
  readonly #sql: SqlStorage;
  readonly #outbox: AccountOutbox;
  readonly #load: StorageLoad;

  constructor(storage: DurableObjectStorage, outbox: AccountOutbox) {
    this.#sql = storage.sql;
    this.#outbox = outbox;
    this.#load = new StorageLoad({ storage, plan: ACCOUNT_STORAGE });
  }

  dump(accountId: string, cursor: DumpCursor | null, size: PageSize): DumpedPage | null {
    return dumpStorage(this.#sql, ACCOUNT_STORAGE, accountId, cursor, size);
  }

  /** `opened`: with this page the account has its tables, and its alarm may have something to do. */
  load(backup: string, page: StoragePage, stale: StaleCopies, nowMs: number): { answer: LoadAnswer; opened: boolean } {
    // An account that was to be opened when it was backed up: the Registry has it opened.
    if (page.version === 0) return { answer: { ok: true, rows: 0 }, opened: false };
    const loaded = this.#load.put(backup, page, false, (isComplete) => {
      oweStale(this.#outbox, page.object, stale, nowMs);
      if (!isComplete) return;
      this.#load.migrate();
      this.#load.close();
      // Nothing was written there yet, as far as this index goes.
      this.#sql.exec('UPDATE secrets SET index_written_ms = NULL');
    });
    if (!loaded.ok) return { answer: loaded, opened: false };
    return { answer: { ok: true, rows: loaded.rows }, opened: loaded.isNews && page.last };
  }
}
