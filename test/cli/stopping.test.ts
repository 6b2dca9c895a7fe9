// Guarantee: Ctrl-C lets running answers end; a second one does not wait; and no process outlives the command, however it dies.
import { once } from 'node:events';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { descendant, descendants } from '../conformance/process-tree.ts';
import { keyOf, startProduct, type Product } from '../conformance/product.ts';
import { untilGone } from './kill-tree.ts';
import { temporaryFolder } from './temporary-folder.ts';

type HeldCall = {
  /** Lets the engine go on. */
  release: () => void;
  /** All that the caller gets to see; a broken connection counts as nothing. */
  answer: Promise<string>;
};

/** A call that is surely under way: its engine is frozen, and the node has it. */
async function holdCall(product: Product): Promise<HeldCall> {
  const { pid: engine } = await descendant(product.process.pid ?? 0, 'engine-child/main.ts');
  process.kill(engine, 'SIGSTOP');
  const answer = fetch(`${product.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` },
    body: JSON.stringify({
      model: 'tiny-llama',
      messages: [{ role: 'user', content: 'Tell me a story' }],
      stream: true,
      temperature: 0,
    }),
  }).then((response) => response.text());
  while ((await openCalls(product)) === 0) await new Promise((resolve) => setImmediate(resolve));
  return {
    release: () => process.kill(engine, 'SIGCONT'),
    answer: answer.catch(() => ''),
  };
}

async function openCalls(product: Product): Promise<number> {
  const metrics = await (await fetch(`${String(product.node)}/metrics`)).text();
  return Number(/^hearthkey_open_calls (\d+)$/m.exec(metrics)?.[1]);
}

async function logged(product: Product, part: string): Promise<void> {
  while (!product.log().includes(part)) await once(product.process.stderr ?? product.process, 'data');
}

async function allPids(product: Product): Promise<number[]> {
  const root = product.process.pid ?? 0;
  return [root, ...(await descendants(root)).map(({ pid }) => pid)];
}

describe('Ctrl-C', () => {
  it('lets a running stream end, takes no new call, and leaves no process', async () => {
    await using product = await startProduct();
    const pids = await allPids(product);
    const call = await holdCall(product);
    product.process.kill('SIGINT');
    await logged(product, '"draining"');
    const late = await fetch(`${product.gateway}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` },
      body: '{"input":"hi"}',
    });
    expect(late.status).toBe(503);
    call.release();
    expect(await call.answer).toMatch(/data: \[DONE\]\n\n$/);
    if (product.process.exitCode === null) await once(product.process, 'exit');
    expect(product.process.exitCode).toBe(0);
    await untilGone(pids);
  });

  it('that comes twice, as npm passes it on, is one', async () => {
    await using product = await startProduct();
    const call = await holdCall(product);
    product.process.kill('SIGINT');
    product.process.kill('SIGINT');
    await logged(product, '"draining"');
    call.release();
    expect(await call.answer).toContain('data: [DONE]');
  });

  it('does not wait longer than it was told to', async () => {
    await using product = await startProduct({ flags: ['--drain-seconds', '0'] });
    const pids = await allPids(product);
    const call = await holdCall(product);
    product.process.kill('SIGTERM');
    await once(product.process, 'exit');
    expect(product.process.exitCode).toBe(0);
    expect(await call.answer).not.toContain('[DONE]');
    await untilGone(pids);
  });

  it('pressed again ends it at once, with the signal’s exit code', async () => {
    await using product = await startProduct();
    const pids = await allPids(product);
    const call = await holdCall(product);
    const exited = once(product.process, 'exit');
    product.process.kill('SIGINT');
    await logged(product, '"draining"');
    // Repeated until it counts as a second wish and not as an echo of the first.
    const pressing = setInterval(() => product.process.kill('SIGINT'), 50);
    await exited;
    clearInterval(pressing);
    expect(product.process.exitCode).toBe(130);
    expect(await call.answer).not.toContain('[DONE]');
    await untilGone(pids);
  });
});

describe('kill -9 of the command', () => {
  it('leaves no process', async () => {
    const product = await startProduct();
    const pids = await allPids(product);
    expect(pids.length).toBeGreaterThanOrEqual(4);
    product.process.kill('SIGKILL');
    await untilGone(pids);
    await product[Symbol.asyncDispose]();
  });

  it('leaves no process where the system has no setpriv either', async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.file('bin'));
    for (const bin of ['/usr/bin', '/bin']) {
      for (const name of await readdir(bin)) {
        if (name !== 'setpriv') await symlink(`${bin}/${name}`, `${folder.path}/bin/${name}`).catch(() => undefined);
      }
    }
    const product = await startProduct({ env: { PATH: folder.file('bin') } });
    const pids = await allPids(product);
    expect((await descendants(product.process.pid ?? 0)).map(({ command }) => command)).toContainEqual(
      expect.stringContaining('launch-workerd'),
    );
    product.process.kill('SIGKILL');
    await untilGone(pids);
    await product[Symbol.asyncDispose]();
  });

  it('lets a new one start on the same state and port at once', async () => {
    await using folder = await temporaryFolder();
    const first = await startProduct({ state: folder.path });
    first.process.kill('SIGKILL');
    const { port } = new URL(first.gateway);
    await using second = await startProduct({ state: folder.path, flags: ['--port', port] });
    expect(second.gateway).toBe(first.gateway);
    expect(second.apiKey).toBeNull();
  });
});
