// Nodes as a table.
import type { AdminNode } from '../../../protocol/admin/admin-node.ts';
import { formatTable } from '../../output/format-table.ts';
import { describeSpeed } from './describe-speed.ts';

export function nodeTable(nodes: readonly AdminNode[]): string {
  return formatTable(
    ['NODE', 'STATE', 'REACHED', 'MODELS', 'RUNNING', 'WAITING', 'TOKENS/S', 'WEIGHT'],
    nodes.map(({ id, kind, origin, weight, models, live }) => [
      id,
      live.state,
      kind === 'link' ? 'dials in' : (origin ?? '-'),
      listed(usable(models, live.models).map(({ id }) => id)),
      String(live.models.reduce((sum, { running }) => sum + running, 0)),
      String(live.models.reduce((sum, { waiting }) => sum + waiting, 0)),
      listed(usable(models, live.models).map(describeSpeed)),
      String(weight),
    ]),
  );
}

/** Those that it serves and may be asked for. */
function usable(allowed: AdminNode['models'], served: AdminNode['live']['models']): AdminNode['live']['models'] {
  return served.filter(({ id }) => allowed?.includes(id) ?? true);
}

function listed(texts: readonly string[]): string {
  return texts.every((text) => text === '-') ? '-' : texts.join(', ');
}
