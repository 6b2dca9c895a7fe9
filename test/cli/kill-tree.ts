// Kills a product and all its processes at once, as a power cut would, and waits until none is left.
import { descendants, isAlive } from '../conformance/process-tree.ts';
import type { Product } from '../conformance/product.ts';

export async function killTree(product: Product): Promise<void> {
  const root = product.process.pid ?? 0;
  const pids = [root, ...(await descendants(root)).map(({ pid }) => pid)];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await untilGone(pids);
}

/** Resolves when none of the processes lives; the test's own timeout bounds it. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) while (await isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}
