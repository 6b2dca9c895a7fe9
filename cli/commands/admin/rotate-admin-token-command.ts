// `hearthkey admin tokens rotate`. The root token of the state folder's own gateway goes into the state folder, as `up` and the
// other commands expect it there.
import { Command } from 'commander';
import type { NewAdminToken } from '../../../protocol/admin/admin-token.ts';
import { AdminClient } from '../../admin-client/admin-client.ts';
import type { AdminTarget } from '../../admin-client/admin-request.ts';
import { findAdminToken } from '../../admin-client/find-admin-token.ts';
import { locateGateway } from '../../admin-client/gateway-location.ts';
import { readEnvironment } from '../../config/environment.ts';
import { formatTime } from '../../output/format-time.ts';
import { print } from '../../output/print.ts';
import { readAdminToken, storeAdminToken } from '../../state-folder/admin-token.ts';
import { ownGateways } from '../../state-folder/own-gateways.ts';
import { stateFolderPaths, type StateFolder } from '../../state-folder/state-folder.ts';
import type { GatewayOptions } from '../global-options.ts';
import { parseGrace } from '../time-parsers.ts';
import { adminTokenTable } from './admin-token-table.ts';

/** The id of the token that the deployment was started with (protocol/admin/admin-token.ts). */
const ROOT_TOKEN_ID = 'root';

export function rotateAdminTokenCommand(): Command {
  return new Command('rotate')
    .description('give an admin token a new secret and print it, this once')
    .argument('<token>', 'its id or name; root: the one that the gateway started with')
    .option('--grace <duration>', 'how long the former secret works on; 0: it ends now', parseGrace, 0)
    .action(async (idOrName: string, options: GatewayOptions & { grace: number }) => {
      const state = stateFolderPaths(options.state);
      const target = await locateGateway(options, readEnvironment());
      const client = new AdminClient(target);
      const { id } = await findAdminToken(client, idOrName);
      const own = id === ROOT_TOKEN_ID && (await isOwnGateway(state, target));
      const token = await client.tokens.rotate(id, options.grace);
      if (own) await storeAdminToken(state, token.token);
      print(options.json, token, describe(token, own ? state.adminToken : null));
    });
}

/** Whether the gateway is that of this folder, or its root token lies there. */
async function isOwnGateway(state: StateFolder, target: AdminTarget): Promise<boolean> {
  if ((await ownGateways(state)).includes(target.gateway)) return true;
  return (await readAdminToken(state.adminToken).catch(() => null)) === target.token;
}

function describe(token: NewAdminToken, file: string | null): string {
  const secret = file === null ? `${token.token}\n\nShown this once: keep it.` : `The new token lies in ${file}.`;
  const former =
    token.former_ends_at === null
      ? 'The former one has stopped working.'
      : `The former one works until ${formatTime(token.former_ends_at, '')} UTC.`;
  return `${secret} ${former}\n\n${adminTokenTable([token])}`;
}
