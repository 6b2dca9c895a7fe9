// Runs the bare worker in the very layout of the shipped gateway, in a process of its own:
// `node bare-forward-host.ts UPSTREAM_HOST:PORT FOLDER`. Prints its URL and runs until SIGTERM.
import { once } from 'node:events';
import { join } from 'node:path';
import { bundleWorker } from '../../cli/gateway-host/bundle-worker.ts';
import { startGatewayHost } from '../../cli/gateway-host/gateway-host.ts';
import { readWranglerSettings } from '../../cli/gateway-host/wrangler-settings.ts';

const [nodeAddress = '', folder = ''] = process.argv.slice(2);
const { compatibilityDate } = await readWranglerSettings(join(import.meta.dirname, '../../wrangler.toml'));
const main = join(import.meta.dirname, 'bare-forward-worker.ts');
const host = await startGatewayHost({
  settings: {
    name: 'bare-forward',
    main,
    compatibilityDate,
    compatibilityFlags: [],
    vars: {},
    kvNamespaces: [],
    durableObjects: [],
  },
  script: await bundleWorker(main),
  host: '127.0.0.1',
  port: 0,
  nodeAddress,
  networks: [],
  vars: {},
  storage: join(folder, 'storage'),
  workerdPidFile: join(folder, 'workerd.pid'),
  log: (line) => process.stderr.write(`${line}\n`),
  onFailure: () => {
    process.exitCode = 1;
  },
});
process.stdout.write(`URL ${host.url}\n`);
await once(process, 'SIGTERM');
await host.stop(0);
process.exit();
