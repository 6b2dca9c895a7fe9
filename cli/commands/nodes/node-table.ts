// Nodes as a table.
import type { AdminNode } from '../../../protocol/admin/admin-node.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';

export function nodeTable(nodes: readonly AdminNode[]): string {
  return formatTable(
    ['NODE', 'TOKEN MADE', 'LAST USED', 'FORMER TOKEN'],
    nodes.map((node) => [
      node.id,
      formatTime(node.created_at, '-'),
      formatTime(node.last_used_at, 'never'),
      node.former_ends_at === null ? '-' : `until ${formatTime(node.former_ends_at, '-')}`,
    ]),
  );
}
