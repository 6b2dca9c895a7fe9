// While an account is restored: its rows, as they arrive, compared with what the Registry has of them. The Registry was backed up
// before the account, so it may have something as it was earlier, or not at all. What it lacks the account tells it afterwards, and
// nothing else: most accounts did not change meanwhile.
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type { StaleCopies } from '../../../protocol/objects/storage-dump.ts';

type Cell = StoragePage['tables'][number]['rows'][number][number];
type Row = (column: string) => Cell;

const SUMS = [
  'calls',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'estimated_calls',
  'first_tokens',
  'first_token_ms',
  'errors',
] as const;

/** A key that is not here gets a row, so that it is listed from now on. */
export function compareCopies(sql: SqlStorage, accountId: string, page: StoragePage): StaleCopies {
  return {
    account: rowsOf(page, 'account').some((row) => isUserStale(sql, accountId, row)),
    keys: rowsOf(page, 'keys')
      .filter((row) => isKeyStale(sql, accountId, row))
      .map((row) => String(row('id'))),
    hours: [
      ...new Set(
        rowsOf(page, 'usage')
          .filter((row) => isUsageStale(sql, row))
          .map((row) => Number(row('hour'))),
      ),
    ],
  };
}

function rowsOf({ tables }: StoragePage, table: string): Row[] {
  return tables
    .filter(({ name }) => name === table)
    .flatMap(({ columns, rows }) =>
      rows.map(
        (row): Row =>
          (column) =>
            row[columns.indexOf(column)] ?? null,
      ),
    );
}

function isUserStale(sql: SqlStorage, accountId: string, row: Row): boolean {
  const query = 'SELECT 1 FROM users WHERE id = ? AND account_version >= ?';
  return sql.exec(query, accountId, row('version')).toArray().length === 0;
}

function isKeyStale(sql: SqlStorage, accountId: string, row: Row): boolean {
  const [known] = sql.exec<{ version: number }>('SELECT version FROM keys WHERE id = ?', row('id')).toArray();
  if (known === undefined) {
    const insert = `INSERT INTO keys (id, user_id, name, metadata, created_at, state) VALUES (?, ?, ?, ?, ?, 'active')`;
    sql.exec(insert, row('id'), accountId, row('name'), row('metadata'), row('created_at'));
  }
  return Number(row('version')) > (known?.version ?? 0);
}

function isUsageStale(sql: SqlStorage, row: Row): boolean {
  const query = `SELECT ${SUMS.join(', ')} FROM usage WHERE hour = ? AND key_id = ? AND model = ?`;
  const [known] = sql.exec<Record<string, Cell>>(query, row('hour'), row('key_id'), row('model')).toArray();
  return known === undefined || SUMS.some((name) => known[name] !== row(name));
}
