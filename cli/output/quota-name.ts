// What the command line calls a limit.
import type { LimitName } from '../../protocol/admin/limits.ts';

/** `requests_per_minute` of the API as `requests-per-minute`. */
export function quotaName(name: LimitName): string {
  return name.replaceAll('_', '-');
}
