// The process that has the gateway's state: KV and Durable Objects in workerd, on disk, started by miniflare (its one home is here). It
// listens for the gateway's other processes alone: miniflare's sockets take Cap'n Proto RPC from whoever connects, so no client may. No
// telemetry, no `request.cf`, no look-ups on the network.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { exportVariables, readExtraCertificates } from '../config/environment.ts';
import { HostLog } from './host-log.ts';
import { keepSignalsOurs } from './keep-signals-ours.ts';
import { LAUNCHER, launcherVariables } from './launcher.ts';
import { outboundNetwork } from './outbound-network.ts';
import { retireLinks } from './retire-links.ts';
import { STATE_SOCKET, STATE_SOCKET_FILES } from './state-sockets.ts';
import { STATE_PID_FILE, stopStateProcess } from './state-process-end.ts';
import type { WranglerSettings } from './wrangler-settings.ts';

/** How long the gateway may take to hear that it is about to stop; it is stopped all the same. Milliseconds. */
const RETIRE_LIMIT_MS = 2_000;
const ENTRY = 'gateway.js';
/** The class that takes questions to objects. */
const OBJECT_PORT = 'ObjectPort';

export type StateProcessOptions = {
  settings: WranglerSettings;
  /** The worker's bundled source: the state's entry. */
  script: string;
  /** `host:port` of the inference node; null: it dials in. */
  nodeAddress: string | null;
  /** Where nodes may be beside public and private addresses: networks, and `loopback`. */
  networks: readonly string[];
  /** Variables and secrets, over those of the settings. */
  vars: Readonly<Record<string, string>>;
  /** Folder of KV and Durable Objects. */
  storage: string;
  /** Of sockets and pid; exists. */
  folder: string;
  /** Takes each line that the worker or workerd writes. */
  log: (line: string) => void;
  /** Called when workerd died and could not be started again. */
  onFailure: () => void;
};

export type StateProcess = {
  /** Lets the links of nodes end with their calls, and takes no others: without this, `stop` waits for them in vain. Never rejects. */
  retireLinks(): Promise<void>;
  /** Lets answers under way end for at most `deadlineMs`, then ends workerd. */
  stop(deadlineMs: number): Promise<void>;
};

/** Starts it and resolves when it answers. */
export async function startStateProcess(options: StateProcessOptions): Promise<StateProcess> {
  const { settings, folder } = options;
  // miniflare gives its workerd the environment of this process.
  exportVariables({
    MINIFLARE_WORKERD_PATH: LAUNCHER,
    ...launcherVariables({ folder, pidFile: STATE_PID_FILE, sockets: STATE_SOCKET_FILES }),
  });
  const log = new HostLog(options.log, options.onFailure);
  const miniflare = keepSignalsOurs(() => new Miniflare(miniflareOptions(options, log)));
  await miniflare.ready;
  return {
    retireLinks: async () => {
      const retired = retireLinks(miniflare, settings).catch(() => undefined);
      await Promise.race([retired, delay(RETIRE_LIMIT_MS, undefined, { ref: false })]);
    },
    stop: async (deadlineMs) => {
      log.mute();
      exportVariables({ HEARTHKEY_STOPPING: '1' });
      await stopStateProcess(folder, deadlineMs);
      await miniflare.dispose();
      // Who copies the folder of a gateway that has stopped finds files alone.
      await Promise.all(STATE_SOCKET_FILES.map((file) => rm(join(folder, file), { force: true })));
    },
  };
}

function miniflareOptions(options: StateProcessOptions, log: HostLog): MiniflareOptions {
  const { settings } = options;
  const { requests, objects } = STATE_SOCKET;
  return {
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    logRequests: false,
    resourcePersistencePath: options.storage,
    log,
    handleStructuredLogs: ({ message }) => {
      options.log(message);
    },
    workers: [
      {
        config: {
          name: settings.name,
          compatibilityDate: settings.compatibilityDate,
          compatibilityFlags: settings.compatibilityFlags,
          manifest: { mainModule: ENTRY, modules: { [ENTRY]: { type: 'esm', contents: options.script } } },
          env: bindings(options),
          exports: Object.fromEntries(
            settings.durableObjects.map(({ className }) => [
              className,
              { type: 'durable-object' as const, storage: 'sqlite' as const },
            ]),
          ),
        },
        dev: { unsafeDirectSockets: [requests.listen, { ...objects.listen, entrypoint: OBJECT_PORT }] },
      },
    ],
  };
}

type Bindings = NonNullable<MiniflareOptions['workers'][number]['config']['env']>;

function bindings({ settings, vars, nodeAddress, networks }: StateProcessOptions): Bindings {
  const env: Bindings = {};
  for (const [name, value] of Object.entries({ ...settings.vars, ...vars })) env[name] = { type: 'text', value };
  for (const { binding, id } of settings.kvNamespaces) env[binding] = { type: 'kv', id };
  for (const { binding, className } of settings.durableObjects) {
    env[binding] = { type: 'durable-object', worker: settings.name, exportName: className };
  }
  if (nodeAddress !== null) env['NODE'] = { type: 'external', address: nodeAddress, http: {} };
  const tlsOptions = { trustBrowserCas: true, trustedCertificates: readExtraCertificates() };
  env['NETWORK'] = { type: 'network', ...outboundNetwork(networks), tlsOptions };
  return env;
}
