// A node under test: `hearthkey node` as a user starts it, in a process of its own, with a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { descendant } from './process-tree.ts';

export type NodeProcess = {
  process: ChildProcess;
  /** Process id of the node itself, below the command. */
  pid: () => Promise<number>;
  /** Resolves with the number of the first line, from the given one on, that holds `text`; rejects when the node has ended without. */
  says: (text: string, from?: number) => Promise<number>;
  lines: string[];
  exited: Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Starts it with these flags, which may name files in its folder. */
export async function startNodeProcess(flags: (folder: string) => Promise<readonly string[]>): Promise<NodeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'hearthkey-node-'));
  const args = ['--state', join(folder, 'state'), '--log-level', 'debug', ...(await flags(folder))];
  const child = spawn(process.execPath, ['cli/hearthkey.ts', 'node', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
