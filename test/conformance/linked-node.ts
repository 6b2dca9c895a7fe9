// A node at home under test: `hearthkey node` as a user starts it, in a process of its own, with a token in a file.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { descendant } from './process-tree.ts';

export type LinkedNode = {
  process: ChildProcess;
  /** Process id of the node itself, below the command. */
  pid: () => Promise<number>;
  /** Resolves with the number of the first line, from the given one on, that holds `text`; rejects when the node has ended without. */
  says: (text: string, from?: number) => Promise<number>;
  lines: string[];
  exited: Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type LinkedNodeOptions = { gateway: string; token: string; flags?: readonly string[] };

/** Starts it; it does not wait for the link. */
export async function startLinkedNode({ gateway, token, flags = [] }: LinkedNodeOptions): Promise<LinkedNode> {
  const folder = await mkdtemp(join(tmpdir(), 'hearthkey-linked-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
  const args = ['--gateway', gateway, '--token-file', tokenFile, '--state', join(folder, 'state')];
  const child = spawn(process.execPath, ['cli/hearthkey.ts', 'node', ...args, '--log-level', 'debug', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const news = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      news.dispatchEvent(new Event('line'));
    });
  }
  const exited = once(child, 'close').then(() => child.exitCode);
  void exited.then(() => news.dispatchEvent(new Event('line')));
  const says = async (text: string, from = 0): Promise<number> => {
    for (;;) {
      const found = lines.findIndex((line, index) => index >= from && line.includes(text));
      if (found >= 0) return found;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the node ended:\n${lines.join('\n')}`);
      await new Promise((resolve) => {
        news.addEventListener('line', resolve, { once: true });
      });
    }
  };
  return {
    process: child,
    pid: async () => (await descendant(child.pid ?? 0, 'inference-node/main.ts')).pid,
    says,
    lines,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
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
