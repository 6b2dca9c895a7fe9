// Which gateway a command talks to, and with which admin token: flags first, then the environment, then what runs on the state
// folder, then what was deployed from it. The token of the state folder goes to that folder's own gateways only.
import type { CliEnvironment } from '../config/environment.ts';
import { CliFailure, EXIT_USAGE } from '../cli-failure.ts';
import { readAdminToken } from '../state-folder/admin-token.ts';
import { ownGateways } from '../state-folder/own-gateways.ts';
import { stateFolderPaths, type StateFolder } from '../state-folder/state-folder.ts';
import type { AdminTarget } from './admin-request.ts';

export type LocationOptions = {
  state: string;
  gateway?: string | undefined;
  adminTokenFile?: string | undefined;
};

/** Finds gateway and token. Throws a `CliFailure` that says how to give what is missing. */
export async function locateGateway(options: LocationOptions, environment: CliEnvironment): Promise<AdminTarget> {
  const state = stateFolderPaths(options.state);
  const own = await ownGateways(state);
  const named = options.gateway ?? environment.gateway;
  const gateway = named === undefined ? (own[0] ?? null) : originOf(named);
  if (gateway === null) {
    throw new CliFailure(
      `No gateway runs on ${state.folder}; start one with \`npm start\`, or name it with --gateway URL, --state DIR or HEARTHKEY_GATEWAY.`,
    );
  }
  return { gateway, token: await findToken(options, environment, state, own.includes(gateway)) };
}

async function findToken(
  { adminTokenFile }: LocationOptions,
  environment: CliEnvironment,
  state: StateFolder,
  ownGateway: boolean,
): Promise<string> {
  if (adminTokenFile !== undefined) {
    const token = await readAdminToken(adminTokenFile);
    if (token === null) throw new CliFailure(`There is no file ${adminTokenFile}; name the admin token's file.`);
    return token;
  }
  if (environment.adminToken !== undefined) return environment.adminToken;
  const token = ownGateway ? await readAdminToken(state.adminToken) : null;
  if (token !== null) return token;
  const why = ownGateway ? `There is no admin token in ${state.folder}` : 'This is not the gateway of the state folder';
  throw new CliFailure(`${why}; give its admin token with --admin-token-file FILE or HEARTHKEY_ADMIN_TOKEN.`);
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && url.search === '') {
    return url.origin;
  }
  throw new CliFailure(`'${text}' is not the URL of a gateway; it looks like http://127.0.0.1:8787.`, EXIT_USAGE);
}
