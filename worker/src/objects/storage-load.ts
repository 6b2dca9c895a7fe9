// Puts an object's storage back, page by page, into an object that holds nothing. Until the last page is in, the object has no
// schema version and so counts as never used; what has arrived is noted in the table `load_progress`, with the pages it tells of.
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type { LoadRefusal } from '../../../protocol/objects/storage-dump.ts';
import { migrateSchema, storedSchemaVersion, writeSchemaVersion } from './migrate-schema.ts';
import { tablesOf, type StoragePlan } from './storage-plan.ts';

const PROGRESS_TABLE = 'load_progress';

/** `complete`: all pages are in. `open`: and the object works with them. */
type LoadState = 'loading' | 'complete' | 'open';
type Progress = { backup: string; version: number; attempt: number; number: number; rows: number; state: LoadState };

/** `rows`: of the whole object, once its last page is in. */
export type LoadedPage = { ok: true; isNews: boolean; rows: number | null } | { ok: false; reason: LoadRefusal };

export type StorageLoadOptions = {
  storage: DurableObjectStorage;
  plan: StoragePlan;
  /** Tables of the owner's own that a load does not touch. */
  keep?: readonly string[];
};

export class StorageLoad {
  readonly #storage: DurableObjectStorage;
  readonly #plan: StoragePlan;
  readonly #keep: readonly string[];

  constructor({ storage, plan, keep = [] }: StorageLoadOptions) {
    this.#storage = storage;
    this.#plan = plan;
    this.#keep = keep;
  }

  /** What was loaded, and how far; null: nothing ever was. */
  readProgress(): Progress | null {
    const { sql } = this.#storage;
    const known = sql.exec(`SELECT 1 FROM sqlite_master WHERE name = ?`, PROGRESS_TABLE).toArray();
    return known.length === 0 ? null : (sql.exec<Progress>(`SELECT * FROM ${PROGRESS_TABLE}`).toArray()[0] ?? null);
  }

  /**
   * Takes a page, or passes over one that is in already (`isNews` false). The first one takes the place of everything, which
   * only `mayReplace` allows where there is something. `then` is done in the same transaction.
   */
  put(backup: string, page: StoragePage, mayReplace: boolean, then: (isComplete: boolean) => void): LoadedPage {
    const progress = this.readProgress();
    const refusal = this.#judge(backup, page, progress, mayReplace);
    if (refusal !== null) return { ok: false, reason: refusal };
    if (progress !== null && !isNext(page, progress)) return { ok: true, isNews: false, rows: rowsOf(progress) };
    try {
      return this.#storage.transactionSync(() => {
        const { version, attempt, number, last } = page;
        if (number === 0) this.#begin(version);
        const rows = (number === 0 ? 0 : (progress?.rows ?? 0)) + this.#insert(page);
        const now: Progress = { backup, version, attempt, number, rows, state: last ? 'complete' : 'loading' };
        this.#write(now);
        then(last);
        return { ok: true, isNews: true, rows: rowsOf(now) };
      });
    } catch (problem) {
      if (isBadPage(problem)) return { ok: false, reason: 'malformed' };
      throw problem;
    }
  }

  /** Brings what was loaded to this release's schema. */
  migrate(): void {
    const progress = this.readProgress();
    if (progress?.state !== 'complete') throw new Error(`${this.#plan.owner}: not all pages are in`);
    this.#storage.transactionSync(() => {
      writeSchemaVersion(this.#storage.sql, progress.version);
      migrateSchema(this.#storage, this.#plan.migrations, this.#plan.owner);
    });
  }

  /** From here on the object takes no pages, and says so of those that it has. */
  close(): void {
    this.#storage.sql.exec(`UPDATE ${PROGRESS_TABLE} SET state = 'open'`);
  }

  #judge(backup: string, page: StoragePage, progress: Progress | null, mayReplace: boolean): LoadRefusal | null {
    const { migrations } = this.#plan;
    if (page.version > migrations.length) return 'newer_version';
    if (page.version < 1) return 'malformed';
    if (progress === null) {
      if (!mayReplace && storedSchemaVersion(this.#storage.sql) > 0) return 'not_empty';
      return page.number === 0 ? null : 'out_of_order';
    }
    if (progress.backup !== backup) return progress.state === 'open' ? 'not_empty' : 'other_backup';
    if (progress.state !== 'loading' || isBefore(page, progress)) return null;
    if (!isNext(page, progress)) return 'out_of_order';
    return page.number > 0 && page.version !== progress.version ? 'malformed' : null;
  }

  /** Nothing but the tables of the version that was backed up. */
  #begin(version: number): void {
    const { sql } = this.#storage;
    for (const name of tableNames(sql)) if (!this.#keep.includes(name)) sql.exec(`DROP TABLE "${name}"`);
    for (const migration of this.#plan.migrations.slice(0, version)) sql.exec(migration);
    sql.exec(
      `CREATE TABLE ${PROGRESS_TABLE} (backup TEXT NOT NULL, version INTEGER NOT NULL, attempt INTEGER NOT NULL,
         number INTEGER NOT NULL, rows INTEGER NOT NULL, state TEXT NOT NULL)`,
    );
  }

  /** Gives how many rows there were. */
  #insert({ tables }: StoragePage): number {
    const { sql } = this.#storage;
    const present = tableNames(sql);
    let count = 0;
    for (const { name, columns, rows } of tables) {
      if (!tablesOf(this.#plan).some((table) => table.name === name) || !present.includes(name))
        throw new MalformedPage();
      const { columnNames } = sql.exec(`SELECT * FROM ${name} LIMIT 0`);
      if (!isSameSet(columns, columnNames)) throw new MalformedPage();
      const insert = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
      for (const row of rows) {
        if (row.length !== columns.length) throw new MalformedPage();
        sql.exec(insert, ...row);
      }
      count += rows.length;
    }
    return count;
  }

  #write({ backup, version, attempt, number, rows, state }: Progress): void {
    const { sql } = this.#storage;
    sql.exec(`DELETE FROM ${PROGRESS_TABLE}`);
    const insert = `INSERT INTO ${PROGRESS_TABLE} (backup, version, attempt, number, rows, state) VALUES (?, ?, ?, ?, ?, ?)`;
    sql.exec(insert, backup, version, attempt, number, rows, state);
  }
}

class MalformedPage extends Error {
  override readonly name = 'MalformedPage';
}

/** What SQLite does not take was not read from such tables either. */
function isBadPage(problem: unknown): boolean {
  return (
    problem instanceof MalformedPage ||
    (problem instanceof Error && /SQLITE_(CONSTRAINT|MISMATCH)/.test(problem.message))
  );
}

/** The object's own tables, without SQLite's and the platform's. */
function tableNames(sql: SqlStorage): string[] {
  const query = `SELECT name FROM sqlite_master WHERE type = 'table'
                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`;
  return sql
    .exec<{ name: string }>(query)
    .toArray()
    .map(({ name }) => name);
}

function rowsOf({ state, rows }: Progress): number | null {
  return state === 'loading' ? null : rows;
}

function isNext(page: StoragePage, { state, attempt, number }: Progress): boolean {
  if (state !== 'loading') return false;
  return page.attempt === attempt ? page.number === number + 1 : page.attempt > attempt && page.number === 0;
}

function isBefore(page: StoragePage, { attempt, number }: Progress): boolean {
  return page.attempt < attempt || (page.attempt === attempt && page.number <= number);
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && others.every((name) => some.includes(name));
}
