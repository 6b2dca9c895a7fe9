// `hearthkey nodes rotate`
import { Command } from 'commander';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import { formatTime } from '../../output/format-time.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { parseGrace } from '../time-parsers.ts';
import { nodeTable } from './node-table.ts';

export function rotateNodeCommand(): Command {
  return new Command('rotate')
    .description('give a node a new token and print it, this once')
    .argument('<node>', 'its id', checkedBy(nodeIdSchema))
    .option('--grace <duration>', 'how long the former token works on; 0: it ends now', parseGrace, 0)
    .action(async (id: string, options: GatewayOptions & { grace: number }) => {
      const node = await (await connectToGateway(options)).nodes.rotate(id, options.grace);
      const former =
        node.former_ends_at === null
          ? 'The former one has stopped working.'
          : `The former one works until ${formatTime(node.former_ends_at, '')} UTC.`;
      print(options.json, node, `${node.token}\n\nShown this once: keep it. ${former}\n\n${nodeTable([node])}`);
    });
}
