// `hearthkey nodes rm`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';

export function removeNodeCommand(): Command {
  return new Command('rm')
    .description('remove a node: its token is worthless, at once and for good')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .action(async (id: string, options: GatewayOptions) => {
      const deleted = await (await connectToGateway(options)).nodes.delete(id);
      print(options.json, deleted, `The node ${id} is removed.\n`);
    });
}
