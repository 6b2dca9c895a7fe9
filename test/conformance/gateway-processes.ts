// The processes of a product's gateway: the one that has the state, and those that answer calls.
import { descendants } from './process-tree.ts';
import type { Product } from './product.ts';

/** By what stands in their command lines alone. */
const COMMAND_LINE = { state: 'workerd serve --binary', calls: 'calls.capnp' } as const;
export type GatewayPart = keyof typeof COMMAND_LINE;

/** Their pids. */
export async function gatewayProcesses(product: Product, part: GatewayPart): Promise<number[]> {
  const all = await descendants(product.process.pid ?? 0);
  return all.filter(({ command }) => command.includes(COMMAND_LINE[part])).map(({ pid }) => pid);
}

/** `kill -9` of one process of this part, or of the whole gateway. */
export async function killGateway(product: Product, part?: GatewayPart): Promise<void> {
  const parts = part === undefined ? (['calls', 'state'] as const) : [part];
  const pids = await Promise.all(parts.map((each) => gatewayProcesses(product, each)));
  const doomed = part === undefined ? pids.flat() : pids.flat().slice(0, 1);
  if (doomed.length < parts.length) throw new Error('the gateway does not run');
  for (const pid of doomed) process.kill(pid, 'SIGKILL');
}
