// Nodes as a table.
import type { AdminNode } from '../../../protocol/admin/admin-node.ts';
import { formatTable } from '../../output/format-table.ts';

export function nodeTable(nodes: readonly AdminNode[]): string {
  return formatTable(
    ['NODE', 'STATE', 'REACHED', 'MODELS', 'RUNNING', 'WAITING', 'WEIGHT'],
    nodes.map(({ id, kind, origin, weight, models, live }) => [
      id,
      live.state,
      kind === 'link' ? 'dials in' : (origin ?? '-'),
      describeModels(models, live.models),
      String(live.models.reduce((sum, { running }) => sum + running, 0)),
      String(live.models.reduce((sum, { waiting }) => sum + waiting, 0)),
      String(weight),
    ]),
  );
}

/** Those that it serves and may be asked for. */
function describeModels(allowed: AdminNode['models'], served: AdminNode['live']['models']): string {
  const usable = served.filter(({ id }) => allowed?.includes(id) ?? true).map(({ id }) => id);
  return usable.length === 0 ? '-' : usable.join(', ');
}
