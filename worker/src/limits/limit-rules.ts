// What each counting limit counts, and over which time.
import type { LimitName } from '../../../protocol/admin/limits.ts';

export type CountedLimit = Exclude<LimitName, 'parallel_requests' | 'max_tokens_per_call'>;
export const LIMIT_UNITS = ['requests', 'tokens'] as const;
export type LimitUnit = (typeof LIMIT_UNITS)[number];
export type LimitRule = { name: CountedLimit; unit: LimitUnit; period: 'minute' | 'day' | 'month' };

export const LIMIT_RULES: readonly LimitRule[] = [
  { name: 'requests_per_minute', unit: 'requests', period: 'minute' },
  { name: 'tokens_per_minute', unit: 'tokens', period: 'minute' },
  { name: 'requests_per_day', unit: 'requests', period: 'day' },
  { name: 'tokens_per_day', unit: 'tokens', period: 'day' },
  { name: 'requests_per_month', unit: 'requests', period: 'month' },
  { name: 'tokens_per_month', unit: 'tokens', period: 'month' },
];

/** An amount of each unit: of one call, of a permit, or of what is given back. */
export type Amounts = Record<LimitUnit, number>;
