// `hearthkey nodes update`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { addUseOptions, type NodeUseOptions } from './node-use-options.ts';
import { nodeTable } from './node-table.ts';

type UpdateOptions = GatewayOptions & NodeUseOptions & { allModels?: true };

export function updateNodeCommand(): Command {
  const command = new Command('update')
    .description('change what calls a node is given')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .option('--all-models', 'all models that it serves');
  return addUseOptions(command).action(async (id: string, { model, allModels, weight, ...options }: UpdateOptions) => {
    const models = allModels === true ? null : model;
    const node = await (
      await connectToGateway(options)
    ).nodes.update(id, { ...(models === undefined ? {} : { models }), ...(weight === undefined ? {} : { weight }) });
    print(options.json, node, nodeTable([node]));
  });
}
