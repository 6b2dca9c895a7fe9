// The one home of the NodeDirectory's stub.
import { NODE_DIRECTORY_NAME, type NodeObservation } from '../../../protocol/objects/node-directory.ts';
import type { GatewayEnv } from '../gateway-env.ts';

/** The NodeDirectory object, as a fresh stub: a stub that has failed once stays broken. */
export function nodeDirectoryStub(env: GatewayEnv): NodeObservation {
  return env.NODE_DIRECTORY.getByName(NODE_DIRECTORY_NAME);
}
