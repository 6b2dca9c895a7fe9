// Users as a table: one line each, what one looks for in a list.
import type { User } from '../../../protocol/admin/admin-user.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';

export function userTable(users: readonly User[]): string {
  return formatTable(
    ['ID', 'NAME', 'STATUS', 'EXTERNAL ID', 'CREATED'],
    users.map((user) => [
      user.id,
      user.name,
      user.disabled ? 'disabled' : 'active',
      user.external_id ?? '-',
      formatTime(user.created_at, '-'),
    ]),
  );
}
