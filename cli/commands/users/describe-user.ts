// Everything about a user, as a vertical list.
import type { User } from '../../../protocol/admin/admin-user.ts';
import { describeLimits } from '../../output/describe-limits.ts';
import { describeMetadata } from '../../output/describe-metadata.ts';
import { formatFields } from '../../output/format-fields.ts';
import { formatTime } from '../../output/format-time.ts';

export function describeUser(user: User): string {
  return formatFields([
    ['id', user.id],
    ['name', user.name],
    ['status', user.disabled ? 'disabled' : 'active'],
    ['external id', user.external_id ?? '-'],
    ['limits', describeLimits(user.limits)],
    ['metadata', describeMetadata(user.metadata)],
    ['created', formatTime(user.created_at, '-')],
  ]);
}
