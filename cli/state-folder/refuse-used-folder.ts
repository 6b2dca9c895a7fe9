// A restore makes a state folder, and never changes one that is in use. What an earlier restore left half-way it may replace.
import { CliFailure } from '../cli-failure.ts';
import { exists } from './exists.ts';
import type { StateFolder } from './state-folder.ts';

/** Throws a `CliFailure` when a gateway's data lies in the folder. */
export async function refuseUsedFolder(state: StateFolder): Promise<void> {
  const [hasSecrets, brokeOff] = await Promise.all([exists(state.gatewaySecrets), exists(state.restoring)]);
  const hasMore = (await Promise.all([state.storage, state.adminToken].map(exists))).includes(true);
  if (hasSecrets || (hasMore && !brokeOff)) {
    throw new CliFailure(`${state.folder} holds a gateway already; restore into a new folder with --state DIR.`);
  }
}
