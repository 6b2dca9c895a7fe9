// Two gateways on the same objects, as at the edge: two workers of the shipped bundle, each an isolate with a memory and a key index
// of its own, in workerd as `hearthkey up` starts it; one of them has the objects. The second one's index is the test's alone: the
// account never writes to it.
import { join } from 'node:path';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { bundleWorker } from '../../cli/gateway-host/bundle-worker.ts';
import { readWranglerSettings, type WranglerSettings } from '../../cli/gateway-host/wrangler-settings.ts';
import { PROJECT_FILES } from '../../cli/config/project-files.ts';
import { parseGatewayKeySet } from '../../inference-node/config/gateway-key-set.ts';
import { LoopbackNode } from '../loopback-node/loopback-node.ts';
import { TEST_BINDINGS, TEST_NODE_SIGNING_KEY } from '../worker/test-bindings.ts';
import { temporaryFolder } from '../cli/temporary-folder.ts';

const NODE_ID = 'home';
const ENTRY = 'gateway.js';
const OWNER = 'gateway-with-objects';
const OTHER = 'other-gateway';

export type TwoGateways = {
  /** Their origins; the first has the objects. */
  origins: [string, string];
  /** Puts an entry into the index of the second one, where it stays, whatever becomes of the key. */
  putIntoStaleIndex(digest: string, entry: { account: string; keyId: string }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Starts both, with a loopback node behind them. */
export async function startTwoGateways(): Promise<TwoGateways> {
  const node = new LoopbackNode(NODE_ID, publicKeySet());
  const [nodeOrigin, settings] = await Promise.all([node.listen(), readWranglerSettings(PROJECT_FILES.wranglerConfig)]);
  const script = await bundleWorker(join(PROJECT_FILES.root, settings.main));
  const storage = await temporaryFolder();
  const worker = (name: string): Worker => describeWorker({ name, settings, script, nodeOrigin });
  const miniflare = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    logRequests: false,
    resourcePersistencePath: storage.path,
    handleStructuredLogs: () => undefined,
    workers: [worker(OWNER), worker(OTHER)],
  });
  const originOf = async (name: string): Promise<string> => (await miniflare.unsafeGetDirectURL(name)).origin;
  const staleIndex = await miniflare.getKVNamespace('KEYS', OTHER);
  return {
    origins: [await originOf(OWNER), await originOf(OTHER)],
    putIntoStaleIndex: (digest, entry) => staleIndex.put(`key:${digest}`, JSON.stringify(entry)),
    async [Symbol.asyncDispose]() {
      await miniflare.dispose();
      await node.kill();
      await storage[Symbol.asyncDispose]();
    },
  };
}

type Worker = MiniflareOptions['workers'][number];
type WorkerInput = { name: string; settings: WranglerSettings; script: string; nodeOrigin: string };

function describeWorker(input: WorkerInput): Worker {
  const { name, settings, script } = input;
  const classes = settings.durableObjects.map(({ className }) => className);
  return {
    config: {
      name,
      compatibilityDate: settings.compatibilityDate,
      compatibilityFlags: settings.compatibilityFlags,
      manifest: { mainModule: ENTRY, modules: { [ENTRY]: { type: 'esm', contents: script } } },
      env: bindings(input),
      ...(name === OWNER
        ? {
            exports: Object.fromEntries(
              classes.map((className) => [className, { type: 'durable-object', storage: 'sqlite' }]),
            ),
          }
        : {}),
    },
    dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
  };
}

function bindings({ name, settings, nodeOrigin }: WorkerInput): NonNullable<Worker['config']['env']> {
  const env: NonNullable<Worker['config']['env']> = {};
  const { KEY_CHECK_SECRET, NODE_SIGNING_KEY, ADMIN_TOKEN_DIGEST } = TEST_BINDINGS;
  const secrets = { KEY_CHECK_SECRET, NODE_SIGNING_KEY, ADMIN_TOKEN_DIGEST };
  const vars = { ...settings.vars, ...secrets, NODE_ORIGIN: nodeOrigin, CLIENT_ADDRESS_TRUST: 'none' };
  for (const [variable, value] of Object.entries(vars)) env[variable] = { type: 'text', value };
  for (const { binding, id } of settings.kvNamespaces) env[binding] = { type: 'kv', id: `${id} of ${name}` };
  for (const { binding, className } of settings.durableObjects) {
    env[binding] = { type: 'durable-object', worker: OWNER, exportName: className };
  }
  env['NODE'] = { type: 'external', address: new URL(nodeOrigin).host, http: {} };
  return env;
}

function publicKeySet() {
  const { kty, crv, kid, x } = TEST_NODE_SIGNING_KEY;
  const parsed = parseGatewayKeySet(JSON.stringify({ keys: [{ kty, crv, kid, x }] }));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keySet;
}
