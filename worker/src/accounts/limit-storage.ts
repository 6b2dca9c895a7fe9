// Where the windows of limits are kept: the Account's own table, and its usage table for what was used before a limit was set.
import * as z from 'zod';
import { periodStartMs } from '../limits/calendar-window.ts';
import type { LimitStorage } from '../limits/limit-counters.ts';
import { LIMIT_RULES, type CountedLimit } from '../limits/limit-rules.ts';
import type { UsageLedger } from './usage-ledger.ts';

const MS_PER_SECOND = 1_000;
const names = LIMIT_RULES.map(({ name }) => name) as [CountedLimit, ...CountedLimit[]];

const storedScopeSchema = z.object({
  windows: z.partialRecord(
    z.enum(names),
    z.object({ countsFrom: z.int(), state: z.array(z.object({ from: z.int(), used: z.number() })) }),
  ),
  ahead: z.object({ requests: z.number(), tokens: z.number() }),
});

export function limitStorage(sql: SqlStorage, ledger: UsageLedger): LimitStorage {
  return {
    isUsed() {
      return sql.exec('SELECT 1 FROM limit_counters LIMIT 1').toArray().length > 0;
    },
    read(scopeId) {
      const [row] = sql.exec<{ state: string }>('SELECT state FROM limit_counters WHERE scope = ?', scopeId).toArray();
      return row === undefined ? null : storedScopeSchema.parse(JSON.parse(row.state));
    },
    write(scopeId, stored) {
      if (stored === null) {
        sql.exec('DELETE FROM limit_counters WHERE scope = ?', scopeId);
        return;
      }
      const query = 'INSERT OR REPLACE INTO limit_counters (scope, state) VALUES (?, ?)';
      sql.exec(query, scopeId, JSON.stringify(stored));
    },
    readUsed({ keyId, model }, unit, period, nowMs) {
      return ledger.readUsed(keyId, model, unit, periodStartMs(period, nowMs) / MS_PER_SECOND);
    },
  };
}
