// The options that every command but `up` takes: which gateway, with which token, and how to print.
import { Option, type Command } from 'commander';
import { AdminClient } from '../admin-client/admin-client.ts';
import { locateGateway } from '../admin-client/gateway-location.ts';
import { readEnvironment } from '../config/environment.ts';
import { DEFAULT_STATE_FOLDER } from '../state-folder/state-folder.ts';

export type GatewayOptions = { state: string; gateway?: string; adminTokenFile?: string; json?: boolean };

export function stateOption(): Option {
  return new Option('--state <dir>', 'state folder').default(DEFAULT_STATE_FOLDER);
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

/** Adds the options to a command. */
export function addGatewayOptions(command: Command): Command {
  return command
    .option(
      '--gateway <url>',
      'gateway to talk to (default: HEARTHKEY_GATEWAY, or the one that runs on the state folder)',
    )
    .option(
      '--admin-token-file <file>',
      'file with the admin token (default: HEARTHKEY_ADMIN_TOKEN, or the state folder)',
    )
    .addOption(stateOption())
    .addOption(jsonOption());
}

/** A client for the gateway that options and environment name. */
export async function connectToGateway(options: GatewayOptions): Promise<AdminClient> {
  return new AdminClient(await locateGateway(options, readEnvironment()));
}
