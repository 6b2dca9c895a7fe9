// `hearthkey nodes add`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { nodeTable } from './node-table.ts';

export function addNodeCommand(): Command {
  return new Command('add')
    .description('give a node a token and print it, this once')
    .argument('<node>', 'its id, as in NODE_ID of the gateway', checkedBy(nodeIdSchema))
    .action(async (id: string, options: GatewayOptions) => {
      const node = await (await connectToGateway(options)).nodes.create(id);
      print(options.json, node, `${node.token}\n\nShown this once: keep it.\n\n${nodeTable([node])}`);
    });
}
