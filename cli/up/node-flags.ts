// The command line and environment of the node that `up` starts.
import { publicKeySet, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import type { StateFolder } from '../state-folder/state-folder.ts';
import { exists } from '../state-folder/exists.ts';
import type { UpOptions } from './up-options.ts';

/** What the gateway adds to a body when it rebuilds it (defaults, escapes), in bytes: room that the node's cap leaves. */
const REBUILD_ROOM_BYTES = 65_536;

export type NodeSetting = {
  flags: string[];
  variables: Record<string, string>;
};

/** Settings for the node; its port is the supervisor's. */
export async function nodeSetting(
  options: UpOptions,
  state: StateFolder,
  secrets: GatewaySecrets,
  nodeId: string,
): Promise<NodeSetting> {
  const flags = ['--state', state.node, '--node-id', nodeId, '--host', '127.0.0.1', ...options.nodeFlags];
  for (const model of options.models) flags.push('--model', model);
  const config = options.config ?? (await usualModelsFile(options, state));
  if (config !== null) flags.push('--config', config);
  if (options.maxBodyBytes !== undefined) {
    flags.push('--max-body-bytes', String(options.maxBodyBytes + REBUILD_ROOM_BYTES));
  }
  // Compiled once and for all: later starts are a fifth quicker.
  return {
    flags,
    variables: { HEARTHKEY_GATEWAY_JWKS: publicKeySet(secrets), NODE_COMPILE_CACHE: state.compileCache },
  };
}

/** Models that are named on the command line stand for themselves: the file is then left aside. */
async function usualModelsFile(options: UpOptions, state: StateFolder): Promise<string | null> {
  return options.models.length === 0 && (await exists(state.modelsFile)) ? state.modelsFile : null;
}
