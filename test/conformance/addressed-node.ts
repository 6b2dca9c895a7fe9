// A node at an address under test: it listens on a free port of this machine and has the gateway's public keys.
import * as z from 'zod';
import { startNodeProcess, type NodeProcess } from './node-process.ts';

export type AddressedNode = NodeProcess & { url: string };

export type AddressedNodeOptions = { gateway: string; id: string; flags?: readonly string[] };

/** Resolves when it listens. */
export async function startAddressedNode({ gateway, id, flags = [] }: AddressedNodeOptions): Promise<AddressedNode> {
  const args = ['--port', '0', '--node-id', id, '--gateway-keys', gateway, ...flags];
  const node = await startNodeProcess(() => Promise.resolve(args));
  const line = node.lines[await node.says('"listening"')] ?? '';
  return { ...node, url: z.object({ url: z.url() }).parse(JSON.parse(line)).url };
}
