// `hearthkey nodes drain`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { nodeTable } from './node-table.ts';

export function drainNodeCommand(): Command {
  return new Command('drain')
    .description('give a node no new calls; those that it has go on')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .option('--undo', 'give it calls again')
    .action(async (id: string, options: GatewayOptions & { undo?: true }) => {
      const node = await (await connectToGateway(options)).nodes.update(id, { draining: options.undo !== true });
      print(options.json, node, nodeTable([node]));
    });
}
