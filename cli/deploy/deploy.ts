// `hearthkey deploy`: puts the gateway at the edge. Looks first, puts the secrets, uploads, and says what comes next. To do it again
// changes nothing but the code and the settings.
import { rm } from 'node:fs/promises';
import { CliFailure } from '../cli-failure.ts';
import { readWranglerEnvironment } from '../config/environment.ts';
import { PROJECT_FILES } from '../config/project-files.ts';
import { readWranglerSettings, type DeploymentSettings } from '../gateway-host/wrangler-settings.ts';
import { writeDeployment } from '../state-folder/deployment-file.ts';
import { readOptionalFile } from '../state-folder/read-optional-file.ts';
import { openStateFolder, stateFolderPaths, type StateFolder } from '../state-folder/state-folder.ts';
import { checkDeployment, type NodePlace } from './check-deployment.ts';
import { deployedAddress } from './deployed-address.ts';
import { chooseSecrets, type ReplaceableSecret } from './edge-secrets.ts';
import { Wrangler } from './wrangler.ts';

export type DeployOptions = NodePlace & {
  state: string;
  dryRun: boolean;
  /** Secrets to put although they are there. */
  put: readonly ReplaceableSecret[];
};

export type DeployResult = {
  worker: string;
  dryRun: boolean;
  /** Null after a dry run, and where wrangler tells no address. */
  gateway: string | null;
  nodeOrigin: string;
  /** Names only. Null after a dry run: it does not know what is there. */
  secretsPut: readonly string[] | null;
  adminTokenFile: string;
};

/** `log` takes a line for each step. Throws a `CliFailure` that says how to mend what is wrong. */
export async function deploy(options: DeployOptions, log: (line: string) => void): Promise<DeployResult> {
  const settings = await readWranglerSettings(PROJECT_FILES.wranglerConfig);
  const nodeOrigin = checkDeployment(settings, options);
  log(`wrangler.toml: bindings and migrations are in order; the node is ${nodeOrigin}`);
  const wrangler = new Wrangler(readWranglerEnvironment().program);
  const flags = ['--name', settings.name, '--var', `NODE_ORIGIN:${nodeOrigin}`];
  const paths = stateFolderPaths(options.state);
  const result = { worker: settings.name, nodeOrigin, adminTokenFile: paths.adminToken };
  if (options.dryRun) {
    await wrangler.deploy(flags, { outputFile: null });
    return { ...result, dryRun: true, gateway: null, secretsPut: null };
  }
  await checkLogin(wrangler, settings, log);
  const state = await openStateFolder(options.state);
  const secretsPut = await putSecrets(wrangler, settings.name, state, options.put);
  log(secretsPut.length === 0 ? 'secrets: all are there' : `secrets: put ${secretsPut.join(', ')}`);
  const gateway = await upload(wrangler, flags, state);
  if (gateway !== null) await writeDeployment(state, { worker: settings.name, gateway });
  return { ...result, dryRun: false, gateway, secretsPut };
}

async function checkLogin(
  wrangler: Wrangler,
  { accountId }: DeploymentSettings,
  log: (line: string) => void,
): Promise<void> {
  const login = await wrangler.login();
  if (login === null) {
    throw new CliFailure(
      'wrangler is not logged in to Cloudflare; run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again.',
    );
  }
  const { accounts } = login;
  const chosen = accountId ?? readWranglerEnvironment().account;
  if (chosen === undefined && accounts.length > 1) {
    throw new CliFailure(
      `This login has several accounts (${accounts.map(({ name, id }) => `${name}: ${id}`).join(', ')}); choose one with account_id in wrangler.toml, or CLOUDFLARE_ACCOUNT_ID.`,
    );
  }
  log(`login: ${accounts.find(({ id }) => accounts.length === 1 || id === chosen)?.name ?? 'ok'}`);
}

/** The names of what was put. */
async function putSecrets(
  wrangler: Wrangler,
  worker: string,
  state: StateFolder,
  replace: readonly ReplaceableSecret[],
): Promise<string[]> {
  const put = await chooseSecrets(state, (await wrangler.secretNames(worker)) ?? [], replace);
  const names = Object.keys(put);
  if (names.length > 0) await wrangler.putSecrets(worker, put);
  return names;
}

/** The address; null when wrangler tells none. */
async function upload(wrangler: Wrangler, flags: readonly string[], state: StateFolder): Promise<string | null> {
  const report = `${state.deployment}.${process.pid}.report`;
  try {
    await wrangler.deploy(flags, { outputFile: report });
    return deployedAddress((await readOptionalFile(report)) ?? '');
  } finally {
    await rm(report, { force: true });
  }
}
