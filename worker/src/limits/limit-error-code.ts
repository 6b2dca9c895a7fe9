// Which of OpenAI's two codes a limit that is reached has: one passes by itself within a minute, the other is a quota.
import type { LimitName } from '../../../protocol/admin/limits.ts';
import type { LimitRefusal } from '../../../protocol/objects/account-admission.ts';

const QUOTAS: ReadonlySet<LimitName> = new Set([
  'requests_per_day',
  'tokens_per_day',
  'requests_per_month',
  'tokens_per_month',
]);

export function limitErrorCode({ name }: LimitRefusal): 'rate_limit_exceeded' | 'insufficient_quota' {
  return QUOTAS.has(name) ? 'insufficient_quota' : 'rate_limit_exceeded';
}
