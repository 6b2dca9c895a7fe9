// A gateway without a node of its own, in front of a server of another maker on this machine, set up by the commands that an operator uses.
import { writeFile } from 'node:fs/promises';
import { hearthkey } from '../cli/hearthkey.ts';
import { temporaryFolder } from '../cli/temporary-folder.ts';
import { startProduct, type Product, type StartOptions } from './product.ts';

/** What it is started with: no node of its own, and allowed to call services on this machine. */
export const SERVERS_ONLY = ['--link', 'nobody', '--allow-network', 'loopback'] as const;

export type OtherServer = {
  /** Before `/v1`. */
  url: string;
  /** Null: it wants none. */
  bearer: string | null;
};

/** Starts it, and adds the server as the node `other`. */
export async function startGatewayOf(server: OtherServer, options: Pick<StartOptions, 'state'> = {}): Promise<Product> {
  const product = await startProduct({ ...options, flags: SERVERS_ONLY });
  try {
    await addServer(product.state, server);
  } catch (error) {
    await product[Symbol.asyncDispose]();
    throw error;
  }
  return product;
}

async function addServer(state: string, { url, bearer }: OtherServer): Promise<void> {
  await using folder = await temporaryFolder();
  const file = folder.file('bearer');
  if (bearer !== null) await writeFile(file, bearer);
  const flags = bearer === null ? [] : ['--bearer-file', file];
  const added = await hearthkey(['nodes', 'add', 'other', '--openai', url, ...flags, '--state', state]);
  if (added.exitCode !== 0) throw new Error(added.stderr);
}
