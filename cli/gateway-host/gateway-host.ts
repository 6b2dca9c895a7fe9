// The gateway on this machine: the worker in workerd, started by miniflare (its one home is here). Clients reach the worker's
// own socket and the worker the node as an external service, so that none of miniflare's JavaScript is on the path of a call;
// KV and Durable Objects are miniflare's, on disk. No telemetry, no `request.cf`, no look-ups on the network.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Miniflare, MiniflareCoreError, type MiniflareOptions } from 'miniflare';
import { z } from 'zod';
import { CliFailure } from '../cli-failure.ts';
import { exportVariables, readExtraCertificates } from '../config/environment.ts';
import { HostLog } from './host-log.ts';
import { keepSignalsOurs } from './keep-signals-ours.ts';
import { outboundNetwork } from './outbound-network.ts';
import { retireLinks } from './retire-links.ts';
import { stopWorkerd } from './stop-workerd.ts';
import type { WranglerSettings } from './wrangler-settings.ts';

/** How long the gateway may take to hear that it is about to stop; it is stopped all the same. Milliseconds. */
const RETIRE_LIMIT_MS = 2_000;

export type GatewayHostOptions = {
  settings: WranglerSettings;
  /** The worker's bundled source. */
  script: string;
  /** Address to listen on, and port; 0: any free one. */
  host: string;
  port: number;
  /** `host:port` of the inference node; null: it dials in. */
  nodeAddress: string | null;
  /** Where nodes may be beside public and private addresses: networks, and `loopback`. */
  networks: readonly string[];
  /** Variables and secrets, over those of the settings. */
  vars: Readonly<Record<string, string>>;
  /** Folder of KV and Durable Objects. */
  storage: string;
  /** Where workerd's pid is kept while it runs. */
  workerdPidFile: string;
  /** Takes each line that the worker or workerd writes. */
  log: (line: string) => void;
  /** Called when workerd died and could not be started again: nobody answers any more. */
  onFailure: () => void;
};

export type GatewayHost = {
  /** Where clients reach it, without a slash at the end. */
  url: string;
  /** Lets the links of nodes end with their calls, and takes no others: without this, `stop` waits for them in vain. Never rejects. */
  retireLinks(): Promise<void>;
  /** Lets answers under way end for at most `deadlineMs`, then ends workerd. */
  stop(deadlineMs: number): Promise<void>;
};

/** Starts the gateway and resolves when it answers. Throws a `CliFailure` when its port has just been taken. */
export async function startGatewayHost(options: GatewayHostOptions): Promise<GatewayHost> {
  exportVariables({
    MINIFLARE_WORKERD_PATH: join(import.meta.dirname, 'launch-workerd'),
    HEARTHKEY_WORKERD: workerdPath(),
    HEARTHKEY_WORKERD_PID_FILE: options.workerdPidFile,
    HEARTHKEY_HOST_PID: String(process.pid),
  });
  const log = new HostLog(options.log, options.onFailure);
  const miniflare = keepSignalsOurs(() => new Miniflare(miniflareOptions(options, log)));
  const url = await miniflare.unsafeGetDirectURL(options.settings.name).catch((error: unknown) => {
    throw isAddressInUse(error)
      ? new CliFailure(`Port ${options.port} is in use; choose another with --port N.`)
      : error;
  });
  return {
    url: url.origin,
    retireLinks: async () => {
      const retired = retireLinks(miniflare, options.settings).catch(() => undefined);
      await Promise.race([retired, delay(RETIRE_LIMIT_MS, undefined, { ref: false })]);
    },
    stop: async (deadlineMs) => {
      log.mute();
      exportVariables({ HEARTHKEY_STOPPING: '1' });
      await stopWorkerd(options.workerdPidFile, deadlineMs);
      await miniflare.dispose();
    },
  };
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof MiniflareCoreError && error.code === 'ERR_ADDRESS_IN_USE';
}

/** The binary of the workerd package that miniflare depends on. */
function workerdPath(): string {
  const requireFromMiniflare = createRequire(import.meta.resolve('miniflare'));
  return z.object({ default: z.string() }).parse(requireFromMiniflare('workerd')).default;
}

function miniflareOptions(options: GatewayHostOptions, log: HostLog): MiniflareOptions {
  const { settings } = options;
  const entry = 'gateway.js';
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
          manifest: { mainModule: entry, modules: { [entry]: { type: 'esm', contents: options.script } } },
          env: bindings(options),
          exports: Object.fromEntries(
            settings.durableObjects.map(({ className }) => [
              className,
              { type: 'durable-object' as const, storage: 'sqlite' as const },
            ]),
          ),
        },
        dev: { unsafeDirectSockets: [{ host: options.host, port: options.port }] },
      },
    ],
  };
}

type Bindings = NonNullable<MiniflareOptions['workers'][number]['config']['env']>;

function bindings({ settings, vars, nodeAddress, networks }: GatewayHostOptions): Bindings {
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
