// A gateway for this process alone: on loopback at a free port, with an admin token that nobody else has, without a node. For work on a
// state folder that no `hearthkey up` runs on.
import type { AdminTarget } from '../admin-client/admin-request.ts';
import { CliFailure } from '../cli-failure.ts';
import { PROJECT_FILES } from '../config/project-files.ts';
import { bundleGateway } from '../gateway-host/bundle-gateway.ts';
import { startGatewayHost } from '../gateway-host/gateway-host.ts';
import { readWranglerSettings } from '../gateway-host/wrangler-settings.ts';
import type { GatewaySecrets } from '../state-folder/gateway-secrets.ts';
import type { StateFolder } from '../state-folder/state-folder.ts';
import { gatewayVariables } from '../up/gateway-variables.ts';

const HOST = '127.0.0.1';
/** Where no node is: the port of the discard protocol, on which nothing answers. */
const NO_NODE = `${HOST}:9`;
/** The most that the gateway allows: pages of a backup are larger than most requests. */
const MAX_BODY_BYTES = 8_388_608;
/** How long answers under way may take to end, in milliseconds. There are none, when all went well. */
const STOP_MS = 5_000;

export type PrivateGatewayOptions = { state: StateFolder; secrets: GatewaySecrets; adminToken: string };

/** Runs `work` with the gateway, and ends it. */
export async function withPrivateGateway<Value>(
  { state, secrets, adminToken }: PrivateGatewayOptions,
  work: (target: AdminTarget) => Promise<Value>,
): Promise<Value> {
  const settings = await readWranglerSettings(PROJECT_FILES.wranglerConfig);
  const died = Promise.withResolvers<never>();
  const gateway = await startGatewayHost({
    settings,
    scripts: await bundleGateway(),
    workers: 1,
    host: HOST,
    port: 0,
    nodeAddress: NO_NODE,
    networks: [],
    vars: await gatewayVariables({
      options: { allowedOrigins: undefined, maxBodyBytes: MAX_BODY_BYTES, fallbacks: {} },
      secrets,
      adminToken,
      clientAddressTrust: 'none',
      nodeOrigin: `http://${NO_NODE}`,
    }),
    storage: state.storage,
    folder: state.gateway,
    log: () => undefined,
    onFailure: () => {
      died.reject(new CliFailure('The gateway’s runtime died; try again.'));
    },
  });
  try {
    return await Promise.race([work({ gateway: gateway.url, token: adminToken }), died.promise]);
  } finally {
    await gateway.stop(STOP_MS);
  }
}
