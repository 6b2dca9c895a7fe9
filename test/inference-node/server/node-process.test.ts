// The node as it is run: its own process, the real engine, the embedded models.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chatCompletionChunkSchema, chatCompletionSchema } from '../../../protocol/inference/chat-completion.ts';
import { journalPageSchema } from '../../../protocol/node/node-api.ts';
import { GatewaySigner } from './gateway-signer.ts';
import { EventReader, startFakeNode, temporaryFolder } from './node-under-test.ts';
import { NodeProcess } from './node-process.ts';

const recordsOf = async (node: NodeProcess) =>
  journalPageSchema.parse(await (await node.call({ path: '/_node/journal' })).json()).records;

describe('a start', () => {
  test('tells the parent where it listens, how loading goes, and what it serves', async () => {
    const node = await NodeProcess.start();
    const [first] = node.messages;
    expect(first?.type).toBe('listening');
    expect(node.messages.at(-1)).toMatchObject({ type: 'ready', models: [{ id: 'tiny-llama' }, { id: 'tiny-phi2' }] });
    expect((await fetch(`${node.url}/health/ready`)).status).toBe(200);
    node.child.send({ type: 'drain', deadlineMs: 0 });
    expect(await node.exited).toEqual({ code: 0, signal: null });
  });

  const failing = async (args: string[], environment: Record<string, string> = {}) => {
    const node = new NodeProcess(await GatewaySigner.create(), ['--state', temporaryFolder(), ...args], environment);
    const { code } = await node.exited;
    const lines = node.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    return { code, lines, messages: node.messages };
  };

  test('with an unknown flag ends with one sentence and code 2', async () => {
    const { code, lines, messages } = await failing(['--nonsense']);
    expect(lines).toEqual(["hearthkey node: Unknown option '--nonsense'. See --help."]);
    expect(messages).toEqual([{ type: 'failed', message: "Unknown option '--nonsense'. See --help." }]);
    expect(code).toBe(2);
  });

  test('without gateway keys ends with one sentence and code 2', async () => {
    const { code, lines } = await failing([], { HEARTHKEY_GATEWAY_JWKS: '' });
    expect([code, lines.length]).toEqual([2, 1]);
    expect(lines[0]).toContain('--gateway-keys FILE');
  });

  test('on a port that is taken ends with one sentence and code 1', async () => {
    const other = await startFakeNode();
    const { port } = new URL(other.node.url);
    const { code, lines } = await failing(['--port', port]);
    expect(lines).toEqual([
      `hearthkey node: Port ${port} on 127.0.0.1 is in use; stop what uses it, or give --port N (0: any free one).`,
    ]);
    expect(code).toBe(1);
  });

  test.each([
    ['that is not there', null],
    ['that is not GGUF', 'hello, this is a text file'.repeat(100)],
    ['that is cut off', 'GGUF\x03\0\0\0'],
  ])('with a model %s ends with one sentence and code 1', async (_name, content) => {
    const file = join(temporaryFolder(), 'model.gguf');
    if (content !== null) writeFileSync(file, content);
    const { code, lines } = await failing(['--port', '0', '--model', file]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('model.gguf');
    expect(code).toBe(1);
  });
});

describe('the embedded model behind a signed call', () => {
  test('answers whole and streamed, the same text and counts both ways, and journals both', async () => {
    const node = await NodeProcess.start();
    const whole = chatCompletionSchema.parse(await (await node.chat({ max_tokens: 40 })).json());
    const text = whole.choices[0]?.message.content ?? '';
    expect(text.length).toBeGreaterThan(10);
    const answer = await node.chat({ max_tokens: 40, stream: true, stream_options: { include_usage: true } });
    const events = await new EventReader(answer).rest();
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) => chatCompletionChunkSchema.parse(JSON.parse(event)));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(text);
    const usage = chunks.at(-1)?.usage;
    expect([usage?.prompt_tokens, usage?.completion_tokens]).toEqual([
      whole.usage.prompt_tokens,
      whole.usage.completion_tokens,
    ]);
    expect(await recordsOf(node)).toMatchObject(
      [whole.usage, usage].map((counts) => ({
        completionTokens: counts?.completion_tokens,
        promptTokens: counts?.prompt_tokens,
        outcome: 'stop',
      })),
    );
    expect((await node.chat({ model: 'no-such-model' })).status).toBe(404);
    expect((await node.chat({ messages: [{ role: 'user', content: 'word '.repeat(5000) }] })).status).toBe(400);
  });

  test('a caller that leaves stops the generation, and the journal says so', async () => {
    const node = await NodeProcess.start();
    const caller = new AbortController();
    const answer = await node.chat(
      {
        max_tokens: 1500,
        temperature: 1,
        seed: 1,
        stream: true,
        stop: null,
        messages: [{ role: 'user', content: 'a' }],
      },
      { signal: caller.signal },
    );
    await new EventReader(answer).next();
    caller.abort();
    const record = async (): Promise<unknown> => {
      for (;;) {
        const [found] = await recordsOf(node);
        if (found !== undefined) return found;
      }
    };
    expect(await record()).toMatchObject({ outcome: expect.stringMatching(/cancelled|stop/) as string });
  });
});

describe('an end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('by %s lets a running answer end, then exits with 0', async (signal) => {
    const node = await NodeProcess.start();
    const answer = await node.chat({ max_tokens: 60, stream: true });
    node.child.kill(signal);
    const events = await new EventReader(answer).rest();
    expect(events.at(-1)).toBe('[DONE]');
    expect(await node.exited).toEqual({ code: 0, signal: null });
  });

  test('of the parent ends the node', async () => {
    const node = await NodeProcess.start();
    node.child.disconnect();
    expect(await node.exited).toEqual({ code: 0, signal: null });
  });

  test('by kill -9 keeps the records: the next process on the same folder has them', async () => {
    const state = temporaryFolder();
    const node = await NodeProcess.start({ state });
    await (await node.chat({ max_tokens: 5 })).text();
    const before = await recordsOf(node);
    expect(before).toHaveLength(1);
    node.child.kill('SIGKILL');
    await node.exited;
    const next = await NodeProcess.start({ state, gateway: node.gateway });
    expect(await recordsOf(next)).toEqual(before);
    expect((await next.chat({ max_tokens: 5 })).status).toBe(200);
  });

  test('by a second signal is at once, though a call still runs', async () => {
    const node = await NodeProcess.start();
    freezeEngine(node);
    const answering = node.chat({}).catch(() => null);
    await until(async () => (await scrape(node)).includes('\nhearthkey_open_calls 1\n'));
    node.child.kill('SIGTERM');
    await until(async () => (await fetch(`${node.url}/health/ready`)).status === 503);
    node.child.kill('SIGTERM');
    expect(await node.exited).toEqual({ code: 143, signal: null });
    expect(await answering).toBe(null);
  });

  test('of the engine alone fails its calls, and the node lives on and answers again', async () => {
    const node = await NodeProcess.start();
    const engine = freezeEngine(node);
    const answering = node.chat({});
    await until(async () => (await scrape(node)).includes('\nhearthkey_open_calls 1\n'));
    process.kill(engine, 'SIGKILL');
    const answer = await answering;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'engine_restarting' } });
    await until(async () => (await fetch(`${node.url}/health/ready`)).status === 200);
    expect((await node.chat({ max_tokens: 5 })).status).toBe(200);
    expect(await scrape(node)).toContain('\nhearthkey_engine_restarts_total 1\n');
  });
});

const scrape = async (node: NodeProcess) => (await fetch(`${node.url}/metrics`)).text();

/** Asks until it is so; the test's own limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

/** Stops the engine's process, so that a call stays where it is. Returns its id. */
function freezeEngine(node: NodeProcess): number {
  const engine = childOf(node.child.pid ?? 0);
  process.kill(engine, 'SIGSTOP');
  onTestFinished(() => {
    try {
      process.kill(engine, 'SIGKILL');
    } catch {
      // It is gone, as it should be.
    }
  });
  return engine;
}

/** The one child of a process (Linux). */
function childOf(processId: number): number {
  return Number(readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim().split(' ')[0]);
}
