// A row of a table `usage`: the sums of an hour, a key and a model. The accounts' own and the Registry's copies of them are alike.
import * as z from 'zod';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';

const NO_ERRORS = '{}';

const errorsSchema = z.record(z.string(), z.number());

export type UsageRow = {
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

export function readUsageRow(row: UsageRow): UsageOfHour {
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
    // Most hours have no errors: a range may hold a million of them.
    errors: row.errors === NO_ERRORS ? {} : errorsSchema.parse(JSON.parse(row.errors)),
  };
}
