// `hearthkey nodes`: which nodes may hold a link to the gateway. A token is printed by `add` and `rotate` and by nothing else.
import { Command } from 'commander';
import { addGatewayOptions } from './global-options.ts';
import { addNodeCommand } from './nodes/add-node-command.ts';
import { listNodesCommand } from './nodes/list-nodes-command.ts';
import { removeNodeCommand } from './nodes/remove-node-command.ts';
import { rotateNodeCommand } from './nodes/rotate-node-command.ts';

export function nodesCommand(): Command {
  const nodes = new Command('nodes');
  for (const command of [addNodeCommand(), listNodesCommand(), rotateNodeCommand(), removeNodeCommand()]) {
    nodes.addCommand(addGatewayOptions(command));
  }
  return nodes;
}
