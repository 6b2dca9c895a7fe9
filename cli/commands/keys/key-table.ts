// Keys as a table: one line each, what one looks for in a list.
import type { ApiKey } from '../../../protocol/admin/admin-key.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';
import { formerSecretsEnd } from './former-secrets-end.ts';

export function keyTable(keys: readonly ApiKey[]): string {
  return formatTable(
    ['KEY', 'NAME', 'USER', 'STATUS', 'MODELS', 'EXPIRES', 'LAST USED', 'ROTATION'],
    keys.map((key) => [
      key.prefix,
      key.name,
      key.user_id,
      key.status,
      key.models?.join(' ') ?? 'all',
      formatTime(key.expires_at, 'never'),
      formatTime(key.last_used_at, 'never'),
      describeRotation(key),
    ]),
  );
}

function describeRotation(key: ApiKey): string {
  const end = formerSecretsEnd(key);
  const parts = [key.rotation_due ? 'due' : '', end === null ? '' : `former secret until ${formatTime(end, '')}`];
  return parts.filter((part) => part !== '').join(', ') || '-';
}
