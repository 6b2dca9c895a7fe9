// The command line and environment of the node that `up` starts.
import { publicKeySet, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import type { StateFolder } from '../state-folder/state-folder.ts';
import type { UpOptions } from './up-options.ts';

/** What the gateway adds to a body when it rebuilds it (defaults, escapes), in bytes: room that the node's cap leaves. */
const REBUILD_ROOM_BYTES = 65_536;

export type NodeSetting = {
  flags: string[];
  variables: Record<string, string>;
};

/** Settings for the node; its port is the supervisor's. */
export function nodeSetting(
  options: UpOptions,
  state: StateFolder,
  secrets: GatewaySecrets,
  nodeId: string,
): NodeSetting {
  const flags = ['--state', state.node, '--node-id', nodeId, '--host', '127.0.0.1', ...options.nodeFlags];
  for (const model of options.models) flags.push('--model', model);
  if (options.maxBodyBytes !== undefined) {
    flags.push('--max-body-bytes', String(options.maxBodyBytes + REBUILD_ROOM_BYTES));
  }
  // Compiled once and for all: later starts are a fifth quicker.
  return {
    flags,
    variables: { HEARTHKEY_GATEWAY_JWKS: publicKeySet(secrets), NODE_COMPILE_CACHE: state.compileCache },
  };
}
