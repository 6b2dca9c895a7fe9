// `hearthkey nodes show`
import { Command } from 'commander';
import type { AdminNode } from '../../../protocol/admin/admin-node.ts';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { describeSpeed } from './describe-speed.ts';

export function showNodeCommand(): Command {
  return new Command('show')
    .description('show a node and what it is doing')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .action(async (id: string, options: GatewayOptions) => {
      const node = await (await connectToGateway(options)).nodes.show(id);
      print(options.json, node, describe(node));
    });
}

function describe(node: AdminNode): string {
  const { live } = node;
  const facts: [string, string][] = [
    ['node', node.configured ? `${node.id} (of the gateway's settings)` : node.id],
    ['state', live.reason === null ? live.state : `${live.state}: ${live.reason}`],
    ['reached', node.kind === 'link' ? 'dials in' : (node.origin ?? '-')],
    ['version', live.version ?? '-'],
    ['may serve', node.models === null ? 'all that it has' : node.models.join(', ')],
    ['weight', String(node.weight)],
    ['token made', formatTime(node.created_at, '-')],
    ['last used', formatTime(node.last_used_at, 'never')],
    ['former token', node.former_ends_at === null ? '-' : `until ${formatTime(node.former_ends_at, '-')}`],
  ];
  const models = live.models.map((model) => [
    model.id,
    model.state,
    `${model.running} of ${model.sequences}`,
    String(model.waiting),
    describeSpeed(model),
  ]);
  const table =
    models.length === 0 ? '' : `\n${formatTable(['MODEL', 'STATE', 'RUNNING', 'WAITING', 'TOKENS/S'], models)}`;
  return facts.map(([name, value]) => `${name.padEnd(14)}${value}\n`).join('') + table;
}
