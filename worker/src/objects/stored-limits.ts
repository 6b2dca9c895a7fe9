// Limits of a key or of a user as a column of JSON. Looser than the admin API's schema: what was once accepted stays readable
// when that becomes stricter.
import * as z from 'zod';
import type { Limits } from '../../../protocol/admin/limits.ts';

const limit = z.number().optional();
const limitSetSchema = z.object({
  requests_per_minute: limit,
  tokens_per_minute: limit,
  requests_per_day: limit,
  tokens_per_day: limit,
  requests_per_month: limit,
  tokens_per_month: limit,
  parallel_requests: limit,
  max_tokens_per_call: limit,
});
const storedLimitsSchema = limitSetSchema.extend({ models: z.record(z.string(), limitSetSchema).optional() });

/** Null: none. */
export function parseLimits(json: string | null): Limits | null {
  return json === null ? null : storedLimitsSchema.parse(JSON.parse(json));
}

export function formatLimits(limits: Limits | null): string | null {
  return limits === null ? null : JSON.stringify(limits);
}
