// While an account is restored: its keys, as they arrive, compared with the Registry's copies. The Registry was backed up before the
// account, so a key may be missing here, or be here as it was. It is listed from now on; the account tells the rest.
import type { StoragePage } from '../../../protocol/admin/backup.ts';

type Cell = StoragePage['tables'][number]['rows'][number][number];

/** Makes a row for each key that has none. Gives the keys of which the copies are old. */
export function adoptKeyRows(sql: SqlStorage, accountId: string, { tables }: StoragePage): string[] {
  const stale: string[] = [];
  for (const { columns, rows } of tables.filter(({ name }) => name === 'keys')) {
    const cell = (row: readonly Cell[], column: string): Cell => row[columns.indexOf(column)] ?? null;
    for (const row of rows) {
      const id = cell(row, 'id');
      const known = sql.exec<{ version: number }>('SELECT version FROM keys WHERE id = ?', id).toArray()[0];
      if (known === undefined) {
        const insert = `INSERT INTO keys (id, user_id, name, metadata, created_at, state) VALUES (?, ?, ?, ?, ?, 'active')`;
        sql.exec(insert, id, accountId, cell(row, 'name'), cell(row, 'metadata'), cell(row, 'created_at'));
      }
      if (Number(cell(row, 'version')) > (known?.version ?? 0)) stale.push(String(id));
    }
  }
  return stale;
}
