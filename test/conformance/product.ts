// The built product under test: `hearthkey up --json` as a user starts it, on free ports, with a state folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { COMPILE_CACHE } from '../cli/hearthkey.ts';

const readyLineSchema = z.strictObject({
  gateway: z.url(),
  node: z.url().nullable(),
  adminToken: z.string().nullable(),
  apiKey: z.string().nullable(),
  models: z.array(z.looseObject({ id: z.string() })),
});

export type ReadyLine = z.infer<typeof readyLineSchema>;

export type Product = ReadyLine & {
  state: string;
  process: ChildProcess;
  /** Everything that it wrote to standard error so far. */
  log(): string;
  /** Every line that it wrote to standard output. */
  lines: string[];
  /** Ends it as Ctrl-C does; resolves to its exit code. */
  stop(): Promise<number | null>;
  /** Ends it and removes its state folder. */
  [Symbol.asyncDispose](): Promise<void>;
};

export type StartOptions = { state?: string; flags?: readonly string[]; env?: Readonly<Record<string, string>> };

/** Starts the product and waits until it says that it is ready. Throws with its log when it ends before that. */
export async function startProduct({ state, flags = [], env = {} }: StartOptions = {}): Promise<Product> {
  const folder = state ?? (await mkdtemp(join(tmpdir(), 'hearthkey-conformance-')));
  const args = ['cli/hearthkey.ts', 'up', '--json', '--port', '0', '--node-port', '0', '--state', folder, ...flags];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const exited = once(child, 'exit');
  await Promise.race([once(reader, 'line'), exited]);
  const [first] = lines;
  if (first === undefined) throw new Error(`hearthkey up ended before it was ready:\n${log}`);
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    await exited;
    return child.exitCode;
  };
  return {
    ...readyLineSchema.parse(JSON.parse(first)),
    state: folder,
    process: child,
    lines,
    log: () => log,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
      if (state === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The key of a product that was started for the first time. */
export function keyOf(product: Product): string {
  if (product.apiKey === null) throw new Error('this product was not started for the first time');
  return product.apiKey;
}

/** The admin token of a product that was started for the first time. */
export function adminTokenOf(product: Product): string {
  if (product.adminToken === null) throw new Error('this product was not started for the first time');
  return product.adminToken;
}
