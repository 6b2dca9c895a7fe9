// `kill -9` of the whole product or of a part of it.
import { killTree } from '../../cli/kill-tree.ts';
import { killGateway } from '../gateway-processes.ts';
import { descendant } from '../process-tree.ts';
import type { Product } from '../product.ts';

/** Parts that the product brings back by itself. */
export const MENDED_PARTS = ['state', 'calls', 'node', 'engine'] as const;
export type MendedPart = (typeof MENDED_PARTS)[number];
/** What ends the product: all its processes at once, or the command that runs them. */
export const ENDS = ['everything', 'command'] as const;
export type End = (typeof ENDS)[number];

const COMMAND_LINE = {
  node: 'inference-node/main.ts',
  engine: 'engine-child/main.ts',
} as const;

export async function killPart(product: Product, part: MendedPart): Promise<void> {
  if (part === 'state' || part === 'calls') return killGateway(product, part);
  const { pid } = await descendant(product.process.pid ?? 0, COMMAND_LINE[part]);
  process.kill(pid, 'SIGKILL');
}

/** Does not wait for what ends by itself: a service manager starts the product again at once. */
export async function killProduct(product: Product, end: End): Promise<void> {
  if (end === 'everything') await killTree(product);
  else product.process.kill('SIGKILL');
}
