// The sums of the table `usage`, read: of an hour for the Registry's roll-ups, of a range for reports.
import { z } from 'zod';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import type { AccountSql } from './account-sql.ts';

/** As many sums as one answer holds: some 2 MB. */
const MAX_ROWS = 10_000;

type UsageRow = {
  hour: number;
  key_id: string;
  model: string;
  calls: number;
  prompt_tokens: number;
  cached_tokens: number;
  completion_tokens: number;
  estimated_calls: number;
  first_tokens: number;
  first_token_ms: number;
  /** JSON: counts by error code. */
  errors: string;
};

const errorsSchema = z.record(z.string(), z.number());

export class UsageStore {
  readonly #sql: AccountSql;

  constructor(sql: AccountSql) {
    this.#sql = sql;
  }

  /** All sums of the hour that begins at `hour` (Unix seconds). */
  ofHour(hour: number): UsageOfHour[] {
    return this.#sql.read<UsageRow>('SELECT * FROM usage WHERE hour = ?', hour).map(toUsage);
  }

  /** Sums of the hours from `from` to before `to`, oldest first; `complete` false: there are more than one answer holds. */
  ofRange(from: number, to: number): { sums: UsageOfHour[]; complete: boolean } {
    const query = 'SELECT * FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour, key_id, model LIMIT ?';
    const rows = this.#sql.read<UsageRow>(query, from, to, MAX_ROWS + 1);
    return { sums: rows.slice(0, MAX_ROWS).map(toUsage), complete: rows.length <= MAX_ROWS };
  }
}

function toUsage(row: UsageRow): UsageOfHour {
  return {
    hour: row.hour,
    keyId: row.key_id,
    model: row.model,
    calls: row.calls,
    promptTokens: row.prompt_tokens,
    cachedTokens: row.cached_tokens,
    completionTokens: row.completion_tokens,
    estimatedCalls: row.estimated_calls,
    firstTokens: row.first_tokens,
    firstTokenMs: row.first_token_ms,
    errors: errorsSchema.parse(JSON.parse(row.errors)),
  };
}
