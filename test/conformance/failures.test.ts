// Requirement: whatever dies, the caller gets a proper answer, nothing hangs, and the next call works.
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { descendant } from './process-tree.ts';
import { keyOf, startProduct, type Product } from './product.ts';
import { writeSlowModel } from './slow-model.ts';

const LONG_ANSWER = {
  model: 'slow',
  messages: [{ role: 'user', content: 'Write on and on' }],
  temperature: 0,
  max_tokens: 3000,
};
/** Reading it takes the slow model seconds. */
const LONG_PROMPT = 'word '.repeat(700);

let folder: string;
let product: Product;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthkey-slow-'));
  await writeSlowModel(join(folder, 'slow.gguf'));
  product = await startProduct({ flags: ['--model', join(folder, 'slow.gguf'), '--model', 'models/tiny-llama.gguf'] });
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function chat(body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${product.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` },
    body: JSON.stringify({ ...LONG_ANSWER, ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function processId(): number {
  const { pid } = product.process;
  if (pid === undefined) throw new Error('the product does not run');
  return pid;
}

type OpenStream = { rest: () => Promise<string[]> };

/** Opens a stream and reads its first event; the slow model has seconds of it left. */
async function openStream(): Promise<OpenStream> {
  const answer = await chat({ stream: true });
  expect(answer.status).toBe(200);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new SseDataParser();
  const events: string[] = [];
  const take = async (): Promise<boolean> => {
    const read = await reader?.read();
    if (read?.done !== false) return false;
    events.push(...parser.push(read.value));
    return true;
  };
  while (events.length === 0 && (await take()));
  const rest = async (): Promise<string[]> => {
    while (await take());
    return events;
  };
  return { rest };
}

/** How many calls the node is answering now. */
async function runningCalls(): Promise<number> {
  const metrics = await (await fetch(`${String(product.node)}/metrics`)).text();
  const counts = [...metrics.matchAll(/^hearthkey_num_requests_(?:running|waiting)\{[^}]*\} (\d+)$/gm)];
  expect(counts.length).toBeGreaterThan(0);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function untilRunning(count: number): Promise<void> {
  while ((await runningCalls()) !== count);
}

/** Asks until the answer is 200, at most until the test's own timeout; every other answer must be an honest 503. */
async function untilAnswered(): Promise<string> {
  for (;;) {
    const answer = await chat({ model: 'tiny-llama', max_tokens: 4 });
    const body = await answer.text();
    if (answer.status === 200) return body;
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(body)).toHaveProperty('error.code');
  }
}

describe('a stream in its middle', () => {
  it.for([
    ['the engine', 'engine-child/main.ts'],
    ['the node', 'inference-node/main.ts'],
  ] as const)(
    'ends with one error event and no [DONE] when %s is killed, and the next calls work again',
    async ([, part]) => {
      const { rest } = await openStream();
      process.kill((await descendant(processId(), part)).pid, 'SIGKILL');
      const events = await rest();
      expect(events).not.toContain('[DONE]');
      expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
        error: { type: 'server_error', code: expect.any(String) as unknown },
      });
      expect(await untilAnswered()).toContain('chat.completion');
    },
  );
});

describe('a client that leaves', () => {
  it.for([
    ['in the middle of a stream', { stream: true }],
    ['while its prompt is being read', { stream: true, messages: [{ role: 'user', content: LONG_PROMPT }] }],
    ['while it waits for a whole answer', {}],
  ] as const)('%s stops the generation at once', async ([, body]) => {
    const leave = new AbortController();
    const answer = chat(body, leave.signal);
    answer.catch(() => undefined);
    await untilRunning(1);
    leave.abort();
    await untilRunning(0);
  });

  it('of /predict, or with another HTTP client, stops it too', async () => {
    const { hostname, port } = new URL(product.gateway);
    for (const path of ['/v1/chat/completions', '/predict']) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` };
      const call = httpRequest({ hostname, port, path, method: 'POST', headers });
      call.on('error', () => undefined);
      const { messages, ...rest } = LONG_ANSWER;
      call.end(
        JSON.stringify(
          path === '/predict'
            ? { model: rest.model, max_tokens: rest.max_tokens, input: 'Go on' }
            : { ...rest, messages },
        ),
      );
      await untilRunning(1);
      call.destroy();
      await untilRunning(0);
    }
  });
});

describe('the OpenAI client', () => {
  it('sees the error of a broken stream as an exception', async () => {
    const client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'slow',
      messages: [{ role: 'user', content: 'Write on and on' }],
      max_completion_tokens: 3000,
      stream: true,
    });
    const consume = async (): Promise<void> => {
      const chunks = stream[Symbol.asyncIterator]();
      await chunks.next();
      process.kill((await descendant(processId(), 'engine-child/main.ts')).pid, 'SIGKILL');
      while ((await chunks.next()).done !== true);
    };
    await expect(consume()).rejects.toBeInstanceOf(OpenAI.APIError);
    await untilAnswered();
  });
});
