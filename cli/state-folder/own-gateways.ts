// The gateways that a state folder's admin token is for: the one that runs on it, and the one that was deployed from it.
import { readDeployment } from './deployment-file.ts';
import { readRunFile } from './run-file.ts';
import type { StateFolder } from './state-folder.ts';

/** Their URLs; the one that runs is the first. */
export async function ownGateways(state: StateFolder): Promise<readonly string[]> {
  const places = await Promise.all([readRunFile(state), readDeployment(state)]);
  return places.flatMap((place) => (place === null ? [] : [place.gateway]));
}
