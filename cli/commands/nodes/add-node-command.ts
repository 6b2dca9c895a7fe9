// `hearthkey nodes add`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { addUseOptions, type NodeUseOptions } from './node-use-options.ts';
import { nodeTable } from './node-table.ts';

type AddOptions = GatewayOptions & NodeUseOptions & { origin?: string };

export function addNodeCommand(): Command {
  const command = new Command('add')
    .description('add a node: print the token with which it dials in, this once, or say where it answers')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .option('--origin <url>', 'where it answers: scheme, host and port (default: it dials in)');
  return addUseOptions(command).action(async (id: string, { origin, model, weight, ...options }: AddOptions) => {
    const node = await (
      await connectToGateway(options)
    ).nodes.create({
      id,
      ...(origin === undefined ? {} : { origin }),
      ...(model === undefined ? {} : { models: model }),
      ...(weight === undefined ? {} : { weight }),
    });
    const token = node.token === null ? '' : `${node.token}\n\nShown this once: keep it.\n\n`;
    print(options.json, node, token + nodeTable([node]));
  });
}
