// `hearthkey nodes list`
import { Command } from 'commander';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { nodeTable } from './node-table.ts';

export function listNodesCommand(): Command {
  return new Command('list')
    .description('list the nodes and what they are doing')
    .action(async (options: GatewayOptions) => {
      const list = await (await connectToGateway(options)).nodes.list();
      print(options.json, list, nodeTable(list.data));
    });
}
