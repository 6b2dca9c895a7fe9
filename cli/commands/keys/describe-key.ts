// Everything about a key but its secret, as a vertical list.
import type { ApiKey } from '../../../protocol/admin/admin-key.ts';
import { describeLimits } from '../../output/describe-limits.ts';
import { describeMetadata } from '../../output/describe-metadata.ts';
import { formatDuration } from '../../output/format-duration.ts';
import { formatFields, type Field } from '../../output/format-fields.ts';
import { formatTime } from '../../output/format-time.ts';

export function describeKey(key: ApiKey): string {
  return formatFields([
    ['key', key.prefix],
    ['name', key.name],
    ['user', key.user_id],
    ['status', describeStatus(key)],
    ['models', key.models ?? 'all'],
    ['scopes', key.scopes?.join(' ') ?? 'all'],
    ['addresses', key.addresses ?? 'any'],
    ['limits', describeLimits(key.limits)],
    ['priority', key.priority],
    ['metadata', describeMetadata(key.metadata)],
    ['created', formatTime(key.created_at, '-')],
    ['expires', formatTime(key.expires_at, 'never')],
    ['last used', formatTime(key.last_used_at, 'never')],
    ...rotationFields(key),
  ]);
}

function describeStatus({ status, disabled_at, revoked_at }: ApiKey): string {
  const since = status === 'revoked' ? revoked_at : status === 'disabled' ? disabled_at : null;
  return since === null ? status : `${status} since ${formatTime(since, '')}`;
}

function rotationFields(key: ApiKey): Field[] {
  const due = key.rotation_due ? 'now' : formatTime(key.rotation_due_at, 'never');
  return [
    ['secret made', formatTime(key.rotated_at, '-')],
    ['rotate after', formatDuration(key.rotate_after, 'never')],
    ['rotation due', due],
    ['former secrets', key.grace_secrets.map(describeFormerSecret)],
  ];
}

function describeFormerSecret(secret: ApiKey['grace_secrets'][number]): string {
  const used =
    secret.last_used_at === null ? 'not used since the rotation' : `last used ${formatTime(secret.last_used_at, '')}`;
  return `made ${formatTime(secret.created_at, '')}, works until ${formatTime(secret.ends_at, '')}, ${used}`;
}
