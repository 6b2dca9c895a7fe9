// Admin tokens as a table.
import type { AdminToken } from '../../../protocol/admin/admin-token.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';

export function adminTokenTable(tokens: readonly AdminToken[]): string {
  return formatTable(
    ['ID', 'NAME', 'ROLE', 'CREATED', 'LAST USED', 'FORMER SECRET'],
    tokens.map((token) => [
      token.id,
      token.name,
      token.role,
      formatTime(token.created_at, '-'),
      formatTime(token.last_used_at, 'never'),
      token.former_ends_at === null ? '-' : `until ${formatTime(token.former_ends_at, '-')}`,
    ]),
  );
}
