// `hearthkey admin reset`: a new root token. With a running gateway it is in force at once; without, or when the old token was
// lost, from the gateway's next start; at the edge, from the deployment that puts it.
import { Command } from 'commander';
import { AdminClient } from '../../admin-client/admin-client.ts';
import { AdminFailure } from '../../admin-client/admin-failure.ts';
import { CliFailure } from '../../cli-failure.ts';
import { print } from '../../output/print.ts';
import { createAdminToken, readAdminToken, storeAdminToken } from '../../state-folder/admin-token.ts';
import { readDeployment } from '../../state-folder/deployment-file.ts';
import { readGatewaySecrets } from '../../state-folder/gateway-secrets.ts';
import { ownGateways } from '../../state-folder/own-gateways.ts';
import { stateFolderPaths, type StateFolder } from '../../state-folder/state-folder.ts';
import { jsonOption, stateOption } from '../global-options.ts';

export function resetAdminTokenCommand(): Command {
  return new Command('reset')
    .description('make a new admin token in place of the old one, for the gateway of the state folder')
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (options: { state: string; json?: true }) => {
      const state = stateFolderPaths(options.state);
      const inForce = await resetToken(state);
      print(options.json, { adminTokenFile: state.adminToken, inForce }, describe(state, inForce));
    });
}

type InForce = 'now' | 'next-start' | 'next-deployment';

async function resetToken(state: StateFolder): Promise<InForce> {
  const secrets = await readGatewaySecrets(state);
  if (secrets === null) {
    throw new CliFailure(
      `${state.folder} has no gateway yet; start one with \`npm start\`, or name another with --state DIR.`,
    );
  }
  const [gateway] = await ownGateways(state);
  const token = gateway === undefined ? null : await replaceInGateway(state, gateway);
  if (token !== null) {
    await storeAdminToken(state, token);
    return 'now';
  }
  await createAdminToken(state, secrets);
  const deployed = await readDeployment(state);
  return deployed !== null && deployed.gateway === gateway ? 'next-deployment' : 'next-start';
}

/** The new token, or null when the gateway is away or does not accept the one that we have. */
async function replaceInGateway(state: StateFolder, gateway: string): Promise<string | null> {
  const current = await readAdminToken(state.adminToken).catch(() => null);
  if (current === null) return null;
  try {
    return (await new AdminClient({ gateway, token: current }).tokens.reset()).token;
  } catch (error) {
    if (error instanceof AdminFailure && (error.kind === 'unreachable' || error.kind === 'wrong_token')) return null;
    throw error;
  }
}

function describe({ adminToken }: StateFolder, inForce: InForce): string {
  switch (inForce) {
    case 'now':
      return `A new admin token is in force and lies in ${adminToken}. The old one has stopped working.\n`;
    case 'next-start':
      return `A new admin token lies in ${adminToken}. It is in force from the gateway's next start.\n`;
    case 'next-deployment':
      return `A new admin token lies in ${adminToken}. \`hearthkey deploy --put ADMIN_TOKEN_DIGEST\` puts it in force.\n`;
  }
}
