// Guarantee: the pages of an object hold every row of what is to be backed up, once, each page within its bounds; what belongs
// together is of one moment, however the object changes meanwhile; and no table is forgotten.
import { runInDurableObject } from 'cloudflare:test';
import { describe, it } from 'vitest';
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type { DumpCursor, PageSize } from '../../../protocol/objects/storage-dump.ts';
import { ACCOUNT_STORAGE } from '../../../worker/src/accounts/account-storage-plan.ts';
import { dumpStorage } from '../../../worker/src/objects/dump-storage.ts';
import { migrateSchema } from '../../../worker/src/objects/migrate-schema.ts';
import { tablesOf, type StoragePlan } from '../../../worker/src/objects/storage-plan.ts';
import { REGISTRY_STORAGE } from '../../../worker/src/registry/registry-storage-plan.ts';
import { emptyObject } from './state.ts';

const PLAN: StoragePlan = {
  owner: 'test',
  migrations: [
    `CREATE TABLE things (id TEXT PRIMARY KEY, value TEXT, size REAL);
     CREATE TABLE changes (sequence INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT);
     CREATE TABLE sums (hour INTEGER, name TEXT, sum INTEGER, PRIMARY KEY (hour, name)) WITHOUT ROWID;`,
  ],
  together: [{ name: 'things' }, { name: 'changes' }],
  afterwards: [{ name: 'sums', order: ['hour', 'name'] }],
  leftOut: [],
  readMark: (sql) => String(sql.exec<{ mark: number }>('SELECT max(sequence) AS mark FROM changes').one().mark),
};
const ROOMY: PageSize = { rows: 1_000, characters: 1_000_000 };

type Rows = Record<string, unknown[][]>;

/** Runs `work` with the storage of a fresh object that has the plan's tables. */
async function inStorage<Value>(work: (sql: SqlStorage) => Value): Promise<Value> {
  return runInDurableObject(emptyObject(), (_object, { storage }) => {
    migrateSchema(storage, PLAN.migrations, PLAN.owner);
    return work(storage.sql);
  });
}

/** All pages; `between` is given the number of pages so far, before each but the first. */
function dumpAll(sql: SqlStorage, size: PageSize, between: (pages: number) => void = () => undefined): StoragePage[] {
  const pages: StoragePage[] = [];
  let cursor: DumpCursor | null = null;
  do {
    if (pages.length > 0) between(pages.length);
    const dumped = dumpStorage(sql, PLAN, 'registry', cursor, size);
    if (dumped === null) throw new Error('it was given up');
    pages.push(dumped.page);
    cursor = dumped.next;
  } while (cursor !== null);
  return pages;
}

/** The rows of the last attempt. */
function rowsOf(pages: readonly StoragePage[]): Rows {
  const attempt = pages.at(-1)?.attempt;
  const rows: Rows = {};
  for (const page of pages.filter((each) => each.attempt === attempt)) {
    for (const table of page.tables) (rows[table.name] ??= []).push(...table.rows);
  }
  return rows;
}

function fill(sql: SqlStorage, count: number): void {
  for (let number = 0; number < count; number++) {
    sql.exec(
      'INSERT INTO things VALUES (?, ?, ?)',
      `thing ${String(count - number)}`,
      `"€${'x'.repeat(number)}`,
      number + 0.5,
    );
    sql.exec('INSERT INTO changes (what) VALUES (?)', `change ${String(number)}`);
    sql.exec('INSERT INTO sums VALUES (?, ?, ?)', number % 3, `sum ${String(number)}`, number);
  }
}

describe('happy', () => {
  it('an object in one page is as it is in many, each within its bounds, every row once and in order', async ({
    expect,
  }) => {
    const [whole, byRows, byCharacters] = await inStorage((sql) => {
      fill(sql, 20);
      return [
        dumpAll(sql, ROOMY),
        dumpAll(sql, { rows: 7, characters: 1e6 }),
        dumpAll(sql, { rows: 1e3, characters: 200 }),
      ] as const;
    });
    expect(whole).toHaveLength(1);
    expect(rowsOf(whole)).toEqual(rowsOf(byRows));
    expect(rowsOf(whole)).toEqual(rowsOf(byCharacters));
    expect(rowsOf(whole)['things']).toHaveLength(20);
    // Tables with a rowid in its order, others in that of their key.
    expect(rowsOf(whole)['things']?.[0]).toEqual(['thing 20', '"€', 0.5]);
    expect(rowsOf(whole)['sums']?.map(([hour]) => hour)).toEqual(
      [0, 1, 2].flatMap((hour) => Array.from({ length: hour === 2 ? 6 : 7 }, () => hour)),
    );
    for (const page of byRows) expect(page.tables.flatMap(({ rows }) => rows).length).toBeLessThanOrEqual(7);
    for (const page of byCharacters) {
      expect(
        page.tables.map(({ rows }) => JSON.stringify(rows).length - 2).reduce((sum, more) => sum + more),
      ).toBeLessThan(200);
    }
    for (const pages of [whole, byRows, byCharacters]) {
      expect(pages.map(({ number, last }) => [number, last])).toEqual(
        pages.map((_, place) => [place, place === pages.length - 1]),
      );
    }
  });

  it('a row that is larger than a page comes alone', async ({ expect }) => {
    const pages = await inStorage((sql) => {
      for (const value of ['a', 'x'.repeat(5_000), 'b', 'c'])
        sql.exec('INSERT INTO things VALUES (?, ?, 1)', value, value);
      return dumpAll(sql, { rows: 100, characters: 100 });
    });
    expect(pages.map(({ tables }) => tables.map(({ rows }) => rows.length))).toEqual([[1], [1], [2]]);
  });

  it('an object that was never used has one empty page', async ({ expect }) => {
    const dumped = await runInDurableObject(emptyObject(), (_object, { storage }) =>
      dumpStorage(storage.sql, PLAN, 'registry', null, ROOMY),
    );
    expect(dumped).toEqual({
      page: { object: 'registry', version: 0, attempt: 0, number: 0, last: true, tables: [] },
      next: null,
    });
  });
});

describe('an object that changes meanwhile', () => {
  const size = { rows: 8, characters: 1e6 };

  it('is read again from the beginning, so that what belongs together is of one moment', async ({ expect }) => {
    const [pages, now] = await inStorage((sql) => {
      fill(sql, 10);
      const found = dumpAll(sql, size, (count) => {
        if (count > 2) return;
        // The first page has been read, with this thing in it.
        sql.exec(`UPDATE things SET value = 'changed ${String(count)}' WHERE rowid = 1`);
        sql.exec(`INSERT INTO changes (what) VALUES ('of thing 1')`);
      });
      return [found, [...sql.exec('SELECT * FROM things').raw()]] as const;
    });
    expect(pages.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 2, 2, 2]);
    expect(pages.map(({ number }) => number)).toEqual([0, 0, 0, 1, 2, 3]);
    expect(rowsOf(pages)['things']).toEqual(now);
    expect(rowsOf(pages)['changes']).toHaveLength(12);
  });

  it('is not read again for what may change, nor once what belongs together is read', async ({ expect }) => {
    const pages = await inStorage((sql) => {
      fill(sql, 10);
      return dumpAll(sql, size, (count) => {
        sql.exec(`INSERT INTO sums VALUES (9, ?, 1)`, `late ${String(count)}`);
        if (count > 2) sql.exec(`INSERT INTO changes (what) VALUES ('late')`);
      });
    });
    expect(pages.map(({ attempt }) => attempt)).toEqual(pages.map(() => 0));
    expect(rowsOf(pages)['changes']).toHaveLength(10);
  });

  it('is given up when it never stands still', async ({ expect }) => {
    await inStorage((sql) => {
      fill(sql, 10);
      const change = (): void => void sql.exec(`INSERT INTO changes (what) VALUES ('again')`);
      expect(() => dumpAll(sql, size, change)).toThrow('it was given up');
    });
  });
});

describe('the plans', () => {
  it.for([ACCOUNT_STORAGE, REGISTRY_STORAGE])(
    'name every table of $owner, in the order of its key',
    async (plan, { expect }) => {
      const tables = await runInDurableObject(emptyObject(), (_object, { storage }) => {
        migrateSchema(storage, plan.migrations, plan.owner);
        return storage.sql
          .exec<{ name: string; sql: string }>(
            `SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
          )
          .toArray();
      });
      const names = tables.map(({ name }) => name).filter((name) => name !== 'schema_version');
      expect([...tablesOf(plan).map(({ name }) => name), ...plan.leftOut].sort()).toEqual(names.sort());
      for (const { name, order } of tablesOf(plan)) {
        const text = tables.find((table) => table.name === name)?.sql ?? '';
        expect(text.includes('WITHOUT ROWID'), name).toBe(order !== undefined);
        const key = /PRIMARY KEY \(([^)]*)\)/.exec(text)?.[1] ?? /(\w+) \w+ PRIMARY KEY/.exec(text)?.[1];
        if (order !== undefined) expect(order.join(', ')).toBe(key);
      }
    },
  );
});
