// Which nodes there are, for what is not a call: as fresh as a call would have it.
import { lookAtNodes } from './look-at-nodes.ts';
import { lastTargets } from './node-list.ts';
import type { SightsCaller } from './node-sights.ts';
import type { NodeTarget } from './node-target.ts';

/** All nodes, the one of the settings first. Never rejects, never empty. */
export async function nodeTargets(caller: SightsCaller): Promise<readonly NodeTarget[]> {
  await lookAtNodes(caller, 'usual', { nodes: [] });
  return lastTargets(caller.config);
}

/** The node of an id; null: there is none any more. */
export async function nodeTarget(caller: SightsCaller, nodeId: string): Promise<NodeTarget | null> {
  const [view] = await lookAtNodes(caller, 'usual', { nodes: [nodeId] });
  return view?.target ?? null;
}
