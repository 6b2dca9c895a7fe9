// A folder without secrets is a new one, unless a gateway's data lies in it: with new secrets every key in there would be lost for good.
import { CliFailure } from '../cli-failure.ts';
import { exists } from './exists.ts';
import type { StateFolder } from './state-folder.ts';

/** To be called when there are no secrets. Throws a `CliFailure` when there is something that needs the old ones. */
export async function refuseHalfFolder({ folder, restoring, storage, gatewaySecrets }: StateFolder): Promise<void> {
  if (await exists(restoring)) {
    throw new CliFailure(
      `A restore into ${folder} broke off; repeat it with \`hearthkey restore\`, or start anew with --state DIR.`,
    );
  }
  if (await exists(storage)) {
    throw new CliFailure(
      `${folder} holds users and keys, but not the secrets that the keys work under; put ${gatewaySecrets} back, restore a backup into another folder, or start anew with --state DIR.`,
    );
  }
}
