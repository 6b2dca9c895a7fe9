// Counts what is in the pages of a backup. Of an object that was begun again, what came before does not count.
import type { StoragePage } from '../../protocol/admin/backup.ts';
import type { BackupTotals } from './backup-record.ts';

const KEYS_TABLE = 'keys';

type ObjectCount = { rows: number; keys: number };

export class PageCount {
  /** Objects that have more pages to come: what there was so far. */
  readonly #begun = new Map<string, ObjectCount>();
  readonly #totals: BackupTotals = { accounts: 0, keys: 0, rows: 0 };

  add(page: StoragePage): void {
    const { object } = page;
    const count = (page.number === 0 ? undefined : this.#begun.get(object)) ?? { rows: 0, keys: 0 };
    for (const { name, rows } of page.tables) {
      count.rows += rows.length;
      if (name === KEYS_TABLE) count.keys += rows.length;
    }
    this.#begun.set(object, count);
    if (page.last) this.#end(object, count);
  }

  /** Of the objects whose last page was added. */
  get totals(): BackupTotals {
    return { ...this.#totals };
  }

  /** Whether every object that was begun has its last page. */
  get isWhole(): boolean {
    return this.#begun.size === 0;
  }

  #end(object: string, { rows, keys }: ObjectCount): void {
    this.#begun.delete(object);
    this.#totals.rows += rows;
    if (object === 'registry') return;
    this.#totals.accounts += 1;
    this.#totals.keys += keys;
  }
}
