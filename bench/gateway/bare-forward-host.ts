// Runs the bare worker in the very layout of the shipped gateway, in a process of its own:
// `node bare-forward-host.ts UPSTREAM_HOST:PORT FOLDER`. Prints its URL and runs until SIGTERM.
import { once } from 'node:events';
import { join } from 'node:path';
import { bundleWorker } from '../../cli/gateway-host/bundle-worker.ts';
import { startCallProcesses } from '../../cli/gateway-host/call-processes.ts';
import { readWranglerSettings } from '../../cli/gateway-host/wrangler-settings.ts';

const [nodeAddress = '', folder = ''] = process.argv.slice(2);
const { compatibilityDate } = await readWranglerSettings(join(import.meta.dirname, '../../wrangler.toml'));
const calls = await startCallProcesses({
  settings: { compatibilityDate, compatibilityFlags: [], vars: {} },
  script: await bundleWorker(join(import.meta.dirname, 'bare-forward-worker.ts')),
  host: '127.0.0.1',
  port: 0,
  workers: 1,
  nodeAddress,
  networks: [],
  vars: {},
  folder,
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`URL ${calls.url}\n`);
await once(process, 'SIGTERM');
await calls.stop(0);
process.exit();
