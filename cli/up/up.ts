// `hearthkey up`: checks all that can be checked, starts node and gateway side by side, says where they are, waits, and stops
// them in order: the node first, so that its answers end, then the gateway that carries them.
import { enableCompileCache } from 'node:module';
import { AdminClient } from '../admin-client/admin-client.ts';
import { EXIT_FAILURE } from '../cli-failure.ts';
import { PROJECT_FILES } from '../config/project-files.ts';
import type { GatewayHost } from '../gateway-host/gateway-host.ts';
import { readWranglerSettings, type WranglerSettings } from '../gateway-host/wrangler-settings.ts';
import { loadAdminToken } from '../state-folder/admin-token.ts';
import { loadGatewaySecrets, type GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import { readRunFile, removeRunFile, writeRunFile } from '../state-folder/run-file.ts';
import { openStateFolder, type StateFolder } from '../state-folder/state-folder.ts';
import { lockStateFolder } from '../state-folder/state-lock.ts';
import { readCertificate } from '../tls/certificate-files.ts';
import { startTlsFront, type TlsFront } from '../tls/tls-front.ts';
import { announceAsJson, announceToPeople, type Announcement } from './announcement.ts';
import { awaitPreviousRun } from './await-previous-run.ts';
import { checkExposure, type Exposure } from './check-exposure.ts';
import { checkModelFiles } from './check-model-files.ts';
import { checkPort } from './check-port.ts';
import { ensureFirstKey } from './first-key.ts';
import { gatewayVariables } from './gateway-variables.ts';
import { loadingProgress } from './loading-progress.ts';
import { nodeSetting } from './node-flags.ts';
import { NodeSupervisor } from './node-supervisor.ts';
import { watchStopSignals } from './stop-signals.ts';
import type { UpOptions } from './up-options.ts';

/** Where a node that is started by hand listens, unless told otherwise. */
const DEFAULT_NODE_PORT = 8788;
/** How long the gateway may take at least to pass on the last bytes, in milliseconds. */
const GATEWAY_STOP_MS = 5_000;
/** Nobody but their owner reads the files that this process and its children make. */
const OWNER_ONLY_UMASK = 0o077;

export type UpOutput = {
  /** The announcement, on stdout. */
  out: (text: string) => void;
  /** One line, on stderr. */
  log: (line: string) => void;
};

type Running = { node: NodeSupervisor | null; gateway: GatewayHost; front: TlsFront | null };

/** Runs until it is told to stop. Resolves with the exit code; what is still alive then is to be left behind. */
export async function up(options: UpOptions, output: UpOutput): Promise<number> {
  const signals = watchStopSignals();
  return Promise.race([serve(options, output, signals.requested), signals.insisted]);
}

async function serve(options: UpOptions, output: UpOutput, requested: Promise<number>): Promise<number> {
  process.umask(OWNER_ONLY_UMASK);
  const exposure = checkExposure(options);
  if (exposure.warning !== null) output.log(`hearthkey: warning: ${exposure.warning}`);
  if (options.tls !== undefined) await readCertificate(options.tls);
  await checkModelFiles(options.models);
  const state = await openStateFolder(options.state);
  const lock = await lockStateFolder(state);
  enableCompileCache(state.compileCache);
  await awaitPreviousRun(await readRunFile(state), state.gateway);
  await checkPort(options.host, options.port, '--port');
  if (options.node) await checkPort('127.0.0.1', options.nodePort, '--node-port');

  const failed = Promise.withResolvers<number>();
  const onFailure = (sentence: string): void => {
    output.log(`hearthkey: ${sentence}`);
    failed.resolve(EXIT_FAILURE);
  };
  try {
    const started = await Promise.race([
      startAll(options, output, { state, exposure, onFailure }),
      requested,
      failed.promise,
    ]);
    // Nothing runs for anybody yet, so there is nothing to drain: the children end with this process.
    if (typeof started === 'number') return started;
    output.out(options.json ? `${announceAsJson(started.announcement)}\n` : announceToPeople(started.announcement));
    const exitCode = await Promise.race([requested.then(() => 0), failed.promise]);
    await stopAll(started.running, options, output);
    return exitCode;
  } finally {
    await removeRunFile(state);
    lock.release();
  }
}

type StartInput = { state: StateFolder; exposure: Exposure; onFailure: (sentence: string) => void };
type Started = { running: Running; announcement: Announcement };

async function startAll(options: UpOptions, output: UpOutput, input: StartInput): Promise<Started> {
  const { state } = input;
  const [settings, secrets] = await Promise.all([
    readWranglerSettings(PROJECT_FILES.wranglerConfig),
    loadGatewaySecrets(state),
  ]);
  const admin = await loadAdminToken(state, secrets);
  const node = options.node ? await startNode(options, output, state, secrets, settings) : null;
  const gateway = await startGateway(options, output, { ...input, settings, secrets, node, adminToken: admin.token });
  const nodeUrl = (await node?.listening) ?? null;
  const signingKeyId = secrets.nodeSigningKey.kid;
  await writeRunFile(state, { pid: process.pid, gateway: gateway.url, node: nodeUrl, signingKeyId });
  const models = (await node?.ready) ?? [];
  // Only now: a key that was made by a start that fails afterwards would have been shown to nobody.
  const key = await ensureFirstKey(new AdminClient({ gateway: gateway.url, token: admin.token }));
  const adminToken = admin.created ? admin.token : null;
  const front = await startFront(options, output, gateway);
  const announcement = {
    gateway: front?.url ?? gateway.url,
    node: nodeUrl,
    link: options.link,
    adminToken,
    key,
    models,
    adminTokenFile: state.adminToken,
  };
  return { running: { node, gateway, front }, announcement };
}

async function startNode(
  options: UpOptions,
  { log }: UpOutput,
  state: StateFolder,
  secrets: GatewaySecrets,
  settings: WranglerSettings,
): Promise<NodeSupervisor> {
  return new NodeSupervisor({
    entryPoint: PROJECT_FILES.nodeEntryPoint,
    ...(await nodeSetting(options, state, secrets, settings.vars['NODE_ID'] ?? 'home')),
    port: options.nodePort,
    log,
    onProgress: loadingProgress(log),
  });
}

type GatewayInput = StartInput & {
  settings: WranglerSettings;
  secrets: GatewaySecrets;
  node: NodeSupervisor | null;
  adminToken: string;
};

async function startGateway(options: UpOptions, { log }: UpOutput, input: GatewayInput): Promise<GatewayHost> {
  const { settings, state } = input;
  // Loaded only here, after the node's start: together they are half a second of one core.
  const { bundleGateway } = await import('../gateway-host/bundle-gateway.ts');
  const bundling = bundleGateway();
  const [{ startGatewayHost }, scripts, nodeOrigin] = await Promise.all([
    import('../gateway-host/gateway-host.ts'),
    bundling,
    input.node?.listening ?? originOfOtherNode(options),
  ]);
  return startGatewayHost({
    settings,
    scripts,
    workers: options.workers,
    ...addressOfGateway(options),
    nodeAddress: options.link === undefined ? new URL(nodeOrigin).host : null,
    networks: options.networks,
    vars: await gatewayVariables({
      options,
      secrets: input.secrets,
      adminToken: input.adminToken,
      clientAddressTrust: input.exposure.clientAddressTrust,
      nodeOrigin,
    }),
    storage: state.storage,
    folder: state.gateway,
    log,
    onFailure: () => {
      input.onFailure('the gateway’s runtime died and could not be started again; start it anew.');
    },
  });
}

/** Behind TLS only this machine reaches it. */
function addressOfGateway({ host, port, tls }: UpOptions): { host: string; port: number } {
  return tls === undefined ? { host, port } : { host: '127.0.0.1', port: 0 };
}

/** Null: clients reach the gateway's own socket. */
async function startFront(
  { tls, host, port }: UpOptions,
  { log }: UpOutput,
  { url }: GatewayHost,
): Promise<TlsFront | null> {
  return tls === undefined ? null : startTlsFront({ files: tls, host, port, gateway: url, log });
}

/** Of a node that `up` does not start: it dials in, or is started by hand on this machine. */
function originOfOtherNode({ link, nodePort }: UpOptions): string {
  return link === undefined ? `http://127.0.0.1:${nodePort || DEFAULT_NODE_PORT}` : `link:${link}`;
}

async function stopAll(
  { node, gateway, front }: Running,
  { drainSeconds }: UpOptions,
  { log }: UpOutput,
): Promise<void> {
  log('hearthkey: stopping; running answers may end. Press Ctrl-C again to stop at once.');
  const drainedAt = performance.now() + drainSeconds * 1000;
  await Promise.all([node?.stop(drainSeconds * 1000), gateway.retireLinks()]);
  // Other nodes may still be answering.
  const leftMs = node === null ? drainedAt - performance.now() : 0;
  const deadlineMs = Math.max(GATEWAY_STOP_MS, leftMs);
  await Promise.all([front?.stop(deadlineMs), gateway.stop(deadlineMs)]);
  log('hearthkey: stopped');
}
