// `hearthkey tunnel`: ways from a gateway to a node at an address.
import { Command } from 'commander';
import { cloudflaredCommand } from './tunnel/cloudflared-command.ts';

export function tunnelCommand(): Command {
  return new Command('tunnel').addCommand(cloudflaredCommand());
}
