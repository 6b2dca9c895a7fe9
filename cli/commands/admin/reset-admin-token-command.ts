// `hearthkey admin reset`: a new root token. With a running gateway it is in force at once; without, or when the old token was
// lost, from the gateway's next start.
import { Command } from 'commander';
import { AdminClient } from '../../admin-client/admin-client.ts';
import { AdminFailure } from '../../admin-client/admin-failure.ts';
import { CliFailure } from '../../cli-failure.ts';
import { print } from '../../output/print.ts';
import { createAdminToken, readAdminToken, storeAdminToken } from '../../state-folder/admin-token.ts';
import { readGatewaySecrets } from '../../state-folder/gateway-secrets.ts';
import { readRunFile } from '../../state-folder/run-file.ts';
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

type InForce = 'now' | 'next-start';

async function resetToken(state: StateFolder): Promise<InForce> {
  const secrets = await readGatewaySecrets(state);
  if (secrets === null) {
    throw new CliFailure(
      `${state.folder} has no gateway yet; start one with \`npm start\`, or name another with --state DIR.`,
    );
  }
  const token = await replaceInRunningGateway(state);
  if (token !== null) {
    await storeAdminToken(state, token);
    return 'now';
  }
  await createAdminToken(state, secrets);
  return 'next-start';
}

/** The new token, or null when no gateway runs or it does not accept the one that we have. */
async function replaceInRunningGateway(state: StateFolder): Promise<string | null> {
  const run = await readRunFile(state);
  const current = await readAdminToken(state.adminToken).catch(() => null);
  if (run === null || current === null) return null;
  try {
    return (await new AdminClient({ gateway: run.gateway, token: current }).tokens.reset()).token;
  } catch (error) {
    if (error instanceof AdminFailure && (error.kind === 'unreachable' || error.kind === 'wrong_token')) return null;
    throw error;
  }
}

function describe({ adminToken }: StateFolder, inForce: InForce): string {
  return inForce === 'now'
    ? `A new admin token is in force and lies in ${adminToken}. The old one has stopped working.\n`
    : `A new admin token lies in ${adminToken}. It is in force from the gateway's next start.\n`;
}
