// The sums of the table `usage`, read: of an hour for the Registry's roll-ups, of a range for reports.
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import { readUsageRow, type UsageRow } from '../usage/usage-row.ts';
import type { AccountSql } from './account-sql.ts';

/** As many sums as one answer holds: some 2 MB. */
const MAX_ROWS = 10_000;

export class UsageStore {
  readonly #sql: AccountSql;

  constructor(sql: AccountSql) {
    this.#sql = sql;
  }

  /** All sums of the hour that begins at `hour` (Unix seconds). */
  ofHour(hour: number): UsageOfHour[] {
    return this.#sql.read<UsageRow>('SELECT * FROM usage WHERE hour = ?', hour).map(readUsageRow);
  }

  /** Sums of the hours from `from` to before `to`, oldest first; `complete` false: there are more than one answer holds. */
  ofRange(from: number, to: number): { sums: UsageOfHour[]; complete: boolean } {
    const query = 'SELECT * FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour, key_id, model LIMIT ?';
    const rows = this.#sql.read<UsageRow>(query, from, to, MAX_ROWS + 1);
    return { sums: rows.slice(0, MAX_ROWS).map(readUsageRow), complete: rows.length <= MAX_ROWS };
  }
}
