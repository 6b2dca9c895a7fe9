// `hearthkey nodes update`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { addBearerOptions, readBearerOption, type BearerOptions } from './bearer-options.ts';
import { addUseOptions, type NodeUseOptions } from './node-use-options.ts';
import { nodeTable } from './node-table.ts';

type UpdateOptions = GatewayOptions & NodeUseOptions & BearerOptions & { allModels?: true };

export function updateNodeCommand(): Command {
  const command = new Command('update')
    .description('change what calls a node is given')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .option('--all-models', 'all models that it serves');
  addBearerOptions(command);
  return addUseOptions(command).action(async (id: string, options: UpdateOptions) => {
    const { model, allModels, weight } = options;
    const models = allModels === true ? null : model;
    const bearer = await readBearerOption(options);
    const node = await (await connectToGateway(options)).nodes.update(id, { models, weight, bearer });
    print(options.json, node, nodeTable([node]));
  });
}
