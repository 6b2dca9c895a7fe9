// Requirement: a node at home needs no open port. It dials out, and over that link calls are answered as over an address; whatever
// becomes of the link, callers get a proper answer, no call is miscounted, and the next one works.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { startFaultyNetwork } from './faulty-network.ts';
import { gatewayProcesses, killGateway } from './gateway-processes.ts';
import { addNode, startLinkedNode, type LinkedNode } from './linked-node.ts';
import { listeningSockets } from './listening-sockets.ts';
import { descendants } from './process-tree.ts';
import { adminTokenOf, keyOf, startProduct, type Product } from './product.ts';
import { writeSlowModel } from './slow-model.ts';

const QUESTION = {
  model: 'tiny-llama',
  messages: [{ role: 'user', content: 'How do I revoke a key?' }],
  temperature: 0,
};
const LONG = { model: 'slow', messages: [{ role: 'user', content: 'Go on' }], temperature: 0, max_tokens: 3000 };

let folder: string;
let product: Product;
let token: string;
let flags: string[];
let node: LinkedNode;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthkey-slow-'));
  await writeSlowModel(join(folder, 'slow.gguf'));
  flags = ['--model', 'models/tiny-llama.gguf', '--model', join(folder, 'slow.gguf')];
  product = await startProduct({ flags: ['--link', 'gpu'] });
  token = await addNode(product.gateway, adminTokenOf(product), 'gpu');
  node = await startLinkedNode({ gateway: product.gateway, token, flags });
  await untilAnswered();
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await product[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function chat(body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${product.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Asks until the answer is 200, at most until the test's own timeout; every other answer must be an honest 503. */
async function untilAnswered(): Promise<void> {
  for (;;) {
    const answer = await chat({ ...QUESTION, max_tokens: 4 });
    const body: unknown = await answer.json();
    if (answer.status === 200) return;
    expect([answer.status, body]).toMatchObject([503, { error: { code: expect.any(String) as unknown } }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

type OpenStream = { next: () => Promise<boolean>; events: string[] };

async function openStream(body: object = {}, signal?: AbortSignal): Promise<OpenStream> {
  const answer = await chat({ ...LONG, ...body, stream: true }, signal);
  expect(answer.status).toBe(200);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new SseDataParser();
  const events: string[] = [];
  const next = async (): Promise<boolean> => {
    const read = await reader?.read();
    if (read?.done !== false) return false;
    events.push(...parser.push(read.value));
    return true;
  };
  while (events.length === 0 && (await next()));
  return { next, events };
}

const nodesSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      live: z.object({ state: z.string(), models: z.array(z.object({ running: z.int() })) }),
    }),
  ),
});

const usageSchema = z.object({
  data: z.array(z.object({ model: z.string(), calls: z.int(), completion_tokens: z.int() })),
});

async function readAdmin(path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${adminTokenOf(product)}` };
  return (await fetch(product.gateway + path, { headers })).json();
}

/** What all calls of a model have cost up to the last one, as the admin sees it. */
async function usageOf(model: string): Promise<{ calls: number; completion_tokens: number }> {
  const users = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(await readAdmin('/admin/users'));
  const path = `/admin/usage?group_by=model&user_id=${users.data[0]?.id ?? ''}`;
  const { data } = usageSchema.parse(await readAdmin(path));
  return data.find((row) => row.model === model) ?? { calls: 0, completion_tokens: 0 };
}

describe('a node that dials out', () => {
  it('listens on nothing, neither itself nor its engine', async () => {
    const pid = await node.pid();
    const below = (await descendants(pid)).map((info) => info.pid);
    expect(below.length).toBeGreaterThan(0);
    for (const each of [pid, ...below]) expect(await listeningSockets(each)).toEqual([]);
    const [workerd] = await gatewayProcesses(product, 'calls');
    expect(await listeningSockets(Number(workerd))).not.toEqual([]);
  });

  it('answers, whole and streamed, the same words, and each call is counted', async () => {
    const before = await usageOf('tiny-llama');
    const whole = z
      .object({
        choices: z.array(z.object({ message: z.object({ content: z.string() }) })),
        usage: z.object({ completion_tokens: z.int() }),
      })
      .parse(await (await chat(QUESTION)).json());
    const streamed = await (await chat({ ...QUESTION, stream: true })).text();
    const parser = new SseDataParser();
    const events = parser.push(streamed);
    expect(events.pop()).toBe('[DONE]');
    const words = events.map((event) => {
      const { choices } = z
        .object({ choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })) })
        .parse(JSON.parse(event));
      return choices[0]?.delta.content ?? '';
    });
    expect(words.join('')).toBe(whole.choices[0]?.message.content);
    const after = await usageOf('tiny-llama');
    expect(after.calls - before.calls).toBe(2);
    expect(after.completion_tokens - before.completion_tokens).toBe(2 * whole.usage.completion_tokens);
  });

  it('takes a body of many frames whole', async () => {
    // Far longer than the context: that the node says so shows that it has read it, and that its digest was right.
    const answer = await chat({ ...QUESTION, messages: [{ role: 'user', content: 'word '.repeat(200_000) }] });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }]);
  });

  it('stops the generation of a client that leaves', async () => {
    const before = await usageOf('slow');
    const leave = new AbortController();
    await openStream({}, leave.signal);
    const from = node.lines.length;
    leave.abort();
    await node.says('"route":"/v1/chat/completions"', from);
    const after = await usageOf('slow');
    expect(after.calls - before.calls).toBe(1);
    expect(after.completion_tokens - before.completion_tokens).toBeLessThan(1_000);
  });

  it('serves many streams side by side', async () => {
    const answers = await Promise.all(
      Array.from({ length: 24 }, async () => (await chat({ ...QUESTION, stream: true, max_tokens: 8 })).text()),
    );
    for (const answer of answers) expect(answer).toMatch(/data: \[DONE\]\n\n$/);
  });
});

describe('a node that is told to stop', () => {
  it('finishes its streams, takes no new calls, and ends with code 0', async () => {
    // Long enough to be under way when the signal has come.
    const { next, events } = await openStream({ max_tokens: 600 });
    const from = node.lines.length;
    node.process.kill('SIGTERM');
    await node.says('"event":"draining"', from);
    const refused = await chat(QUESTION);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'node_draining' } }]);
    while (await next());
    expect(events.at(-1)).toBe('[DONE]');
    expect(await node.exited).toBe(0);
    await node[Symbol.asyncDispose]();
    node = await startLinkedNode({ gateway: product.gateway, token, flags });
    await untilAnswered();
  });
});

describe('when the link breaks', () => {
  it('because the node was killed, a stream ends with one error event, later calls get 503, and the node comes back', async () => {
    const { next, events } = await openStream();
    process.kill(await node.pid(), 'SIGKILL');
    while (await next());
    expect(events).not.toContain('[DONE]');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ error: { code: 'generation_failed' } });
    const refused = await chat(QUESTION);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'node_offline' } }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await node[Symbol.asyncDispose]();
    node = await startLinkedNode({ gateway: product.gateway, token, flags });
    await untilAnswered();
  });

  it('because the gateway was killed, the node dials again by itself', async () => {
    const from = node.lines.length;
    await killGateway(product);
    await node.says('link_lost', from);
    await node.says('link_open', from);
    await untilAnswered();
  });
});

describe('a network that swallows everything', () => {
  it('is noticed by both ends: what is under way fails, and the node dials again', async () => {
    await node[Symbol.asyncDispose]();
    const network = await startFaultyNetwork(product.gateway);
    node = await startLinkedNode({ gateway: network.url, token, flags });
    await untilAnswered();
    const stream = await openStream();
    const whole = chat({ ...LONG, max_tokens: 2_000 }).then((answer) => answer.text());
    whole.catch(() => undefined);
    network.blackHole();
    while (await stream.next());
    expect(JSON.parse(stream.events.at(-1) ?? '')).toMatchObject({ error: { code: 'generation_failed' } });
    // It was begun long before: its connection is broken off, so that nobody takes it for an answer.
    await expect(whole).rejects.toThrow();
    await node.says('link_lost');
    await untilAnswered();
    await node[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
    node = await startLinkedNode({ gateway: product.gateway, token, flags });
    await untilAnswered();
  });
});

describe('beside a second node', () => {
  const QUESTIONS = ['one', 'two', 'three', 'four', 'five', 'six'];
  let second: LinkedNode;
  let secondToken: string;

  beforeAll(async () => {
    secondToken = await addNode(product.gateway, adminTokenOf(product), 'spare');
    second = await startLinkedNode({ gateway: product.gateway, token: secondToken, flags });
    await untilBothReady();
  });
  afterAll(() => second[Symbol.asyncDispose]());

  async function askAll(): Promise<void> {
    for (const content of QUESTIONS) {
      const answer = await chat({ ...QUESTION, messages: [{ role: 'user', content }], max_tokens: 4 });
      expect([answer.status, await answer.json()]).toMatchObject([200, {}]);
    }
  }

  async function readNodes() {
    return nodesSchema.parse(await readAdmin('/admin/nodes')).data;
  }

  /** Until the gateway gives calls to either: to see that both are ready is not enough, another of its processes may have seen it. */
  async function untilBothReady(): Promise<void> {
    const answeredBy = ({ lines }: LinkedNode): number =>
      lines.filter((line) => line.includes('"event":"call"')).length;
    const before = [node, second].map(answeredBy);
    while ([node, second].some((each, index) => answeredBy(each) === before[index])) {
      await chat({ ...QUESTION, messages: [{ role: 'user', content: crypto.randomUUID() }], max_tokens: 1 });
    }
  }

  /** The one that answers a call, as soon as the gateway has seen it. */
  async function busyNode(): Promise<LinkedNode> {
    for (;;) {
      const busy = (await readNodes()).find(({ live }) => live.models.some(({ running }) => running > 0));
      if (busy !== undefined) return busy.id === 'gpu' ? node : second;
    }
  }

  it('a killed one ends its stream by one error event, and costs no other call anything', async () => {
    const { next, events } = await openStream();
    const busy = await busyNode();
    process.kill(await busy.pid(), 'SIGKILL');
    while (await next());
    expect(events).not.toContain('[DONE]');
    expect(events.filter((event) => event.includes('"error"'))).toHaveLength(1);
    await askAll();
    await busy[Symbol.asyncDispose]();
    if (busy === node) node = await startLinkedNode({ gateway: product.gateway, token, flags });
    else second = await startLinkedNode({ gateway: product.gateway, token: secondToken, flags });
    await untilBothReady();
    await askAll();
  });

  it('a frozen one is left by its calls, and taken back when it lives again', async () => {
    const pid = await second.pid();
    process.kill(pid, 'SIGSTOP');
    try {
      await askAll();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await untilBothReady();
    await askAll();
  });
});

describe('a node token', () => {
  it('used by a second process gives it the link, and the first one ends and says why', async () => {
    const second = await startLinkedNode({ gateway: product.gateway, token, flags });
    expect(await node.exited).toBe(1);
    expect(node.lines.join('\n')).toContain('another process has taken over the link with the same token');
    node = second;
    await untilAnswered();
  });

  it('that is removed ends its node at once, and a new one is needed', async () => {
    const removed = await fetch(`${product.gateway}/admin/nodes/gpu`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${adminTokenOf(product)}` },
    });
    expect(removed.status).toBe(200);
    expect((await chat(QUESTION)).status).toBe(503);
    expect(await node.exited).toBe(1);
    expect(node.lines.at(-1)).toContain('does not accept this node token');
    const again = await startLinkedNode({ gateway: product.gateway, token, flags });
    expect(await again.exited).toBe(1);
    await again[Symbol.asyncDispose]();
  });
});
