// A node at home under test: it dials out, with a token in a file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { startNodeProcess, type NodeProcess } from './node-process.ts';

export type LinkedNode = NodeProcess;

export type LinkedNodeOptions = { gateway: string; token: string; flags?: readonly string[] };

/** Starts it; it does not wait for the link. */
export function startLinkedNode({ gateway, token, flags = [] }: LinkedNodeOptions): Promise<LinkedNode> {
  return startNodeProcess(async (folder) => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
    return ['--gateway', gateway, '--token-file', tokenFile, ...flags];
  });
}

/** Gives a node a token through the admin API. */
export async function addNode(gateway: string, adminToken: string, id: string): Promise<string> {
  const response = await fetch(`${gateway}/admin/nodes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id }),
  });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}
