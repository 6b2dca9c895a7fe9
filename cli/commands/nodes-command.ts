// `hearthkey nodes`: which nodes the gateway gives calls to. A token is printed by `add` and `rotate` and by nothing else.
import { Command } from 'commander';
import { addGatewayOptions } from './global-options.ts';
import { addNodeCommand } from './nodes/add-node-command.ts';
import { drainNodeCommand } from './nodes/drain-node-command.ts';
import { listNodesCommand } from './nodes/list-nodes-command.ts';
import { removeNodeCommand } from './nodes/remove-node-command.ts';
import { rotateNodeCommand } from './nodes/rotate-node-command.ts';
import { showNodeCommand } from './nodes/show-node-command.ts';
import { updateNodeCommand } from './nodes/update-node-command.ts';

export function nodesCommand(): Command {
  const nodes = new Command('nodes');
  const commands = [
    addNodeCommand(),
    listNodesCommand(),
    showNodeCommand(),
    updateNodeCommand(),
    drainNodeCommand(),
    rotateNodeCommand(),
    removeNodeCommand(),
  ];
  for (const command of commands) {
    nodes.addCommand(addGatewayOptions(command));
  }
  return nodes;
}
