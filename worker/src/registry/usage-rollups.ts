// The accounts' hourly sums, as they were told: absolute values, so that what is told again counts once. Beside them the totals
// of each model, for monitoring: kept up with every sum, since adding up all hours would take longer every month.
import * as z from 'zod';
import type { UsageOfHour, UsageSum } from '../../../protocol/objects/usage-sum.ts';
import { addUsage, noUsage } from '../usage/add-usage.ts';
import { highestUsage } from '../usage/highest-usage.ts';
import { readUsageRow, type UsageRow } from '../usage/usage-row.ts';

const sumSchema: z.ZodType<UsageSum> = z.object({
  calls: z.number(),
  promptTokens: z.number(),
  cachedTokens: z.number(),
  completionTokens: z.number(),
  estimatedCalls: z.number(),
  firstTokens: z.number(),
  firstTokenMs: z.number(),
  errors: z.record(z.string(), z.number()),
});

const COLUMNS = `hour, key_id, model, calls, prompt_tokens, cached_tokens, completion_tokens, estimated_calls, first_tokens,
  first_token_ms, errors`;

export class UsageRollups {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes over sums in place of those told before. Call it inside a transaction. */
  apply(sums: readonly UsageOfHour[]): void {
    const changes = new Map<string, UsageSum>();
    for (const usage of sums) {
      const change = changes.get(usage.model) ?? noUsage();
      const before = this.#read(usage);
      if (before !== null) addUsage(change, before, -1);
      addUsage(change, usage);
      changes.set(usage.model, change);
      this.#write(usage);
    }
    for (const [model, change] of changes) this.#addToTotal(model, change);
  }

  /** The sums of the hours from `from` (Unix seconds, the begin of an hour) to before `to`, oldest first. */
  *readRange(from: number, to: number): Generator<UsageOfHour> {
    const query = `SELECT ${COLUMNS} FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour`;
    for (const row of this.#sql.exec<UsageRow>(query, from, to)) yield readUsageRow(row);
  }

  /** All hours together, by model. No number in it ever gets smaller, not even when an estimate was corrected downwards. */
  readTotals(): Record<string, UsageSum> {
    const rows = this.#sql.exec<{ model: string; told: string }>('SELECT model, told FROM usage_totals ORDER BY model');
    return Object.fromEntries(rows.toArray().map(({ model, told }) => [model, sumSchema.parse(JSON.parse(told))]));
  }

  /** Adds up all hours anew: after a restore, which brings the hours alone. Call it inside a transaction. */
  rebuildTotals(): void {
    this.#sql.exec('DELETE FROM usage_totals');
    const totals = new Map<string, UsageSum>();
    for (const row of this.#sql.exec<UsageRow>(`SELECT ${COLUMNS} FROM usage`)) {
      const total = totals.get(row.model) ?? noUsage();
      addUsage(total, readUsageRow(row));
      totals.set(row.model, total);
    }
    for (const [model, total] of totals) this.#addToTotal(model, total);
  }

  #read({ hour, keyId, model }: UsageOfHour): UsageOfHour | null {
    const query = `SELECT ${COLUMNS} FROM usage WHERE hour = ? AND key_id = ? AND model = ?`;
    const [row] = this.#sql.exec<UsageRow>(query, hour, keyId, model).toArray();
    return row === undefined ? null : readUsageRow(row);
  }

  #write(usage: UsageOfHour): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO usage (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      usage.hour,
      usage.keyId,
      usage.model,
      usage.calls,
      usage.promptTokens,
      usage.cachedTokens,
      usage.completionTokens,
      usage.estimatedCalls,
      usage.firstTokens,
      usage.firstTokenMs,
      JSON.stringify(usage.errors),
    );
  }

  #addToTotal(model: string, change: UsageSum): void {
    const query = 'SELECT total, told FROM usage_totals WHERE model = ?';
    const [row] = this.#sql.exec<{ total: string; told: string }>(query, model).toArray();
    const total = row === undefined ? noUsage() : sumSchema.parse(JSON.parse(row.total));
    addUsage(total, change);
    const told = row === undefined ? total : highestUsage(sumSchema.parse(JSON.parse(row.told)), total);
    const insert = 'INSERT OR REPLACE INTO usage_totals (model, total, told) VALUES (?, ?, ?)';
    this.#sql.exec(insert, model, JSON.stringify(total), JSON.stringify(told));
  }
}
