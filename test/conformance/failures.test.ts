// Requirement: whatever dies, the caller gets a proper answer, nothing hangs, and the next call works.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { descendant } from './process-tree.ts';
import { keyOf, startProduct, type Product } from './product.ts';

const STORY = { model: 'tiny-llama', messages: [{ role: 'user', content: 'Tell me a story' }], temperature: 0 };

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

function chat(body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${product.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` },
    body: JSON.stringify({ ...STORY, ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function processId(): number {
  const { pid } = product.process;
  if (pid === undefined) throw new Error('the product does not run');
  return pid;
}

/** Freezes a process right after the first event of a stream, so that the stream is surely in its middle. */
async function openStreamAndFreeze(part: string): Promise<{ pid: number; rest: () => Promise<string[]> }> {
  const answer = await chat({ stream: true });
  expect(answer.status).toBe(200);
  const { pid } = await descendant(processId(), part);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader?.read();
  process.kill(pid, 'SIGSTOP');
  const parser = new SseDataParser();
  const events = parser.push(first?.value ?? '');
  const rest = async (): Promise<string[]> => {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
      events.push(...parser.push(read.value));
    return events;
  };
  return { pid, rest };
}

/** Asks until the answer is 200, at most until the test's own timeout; every other answer must be an honest 503. */
async function untilAnswered(): Promise<string> {
  for (;;) {
    const answer = await chat({ max_tokens: 4 });
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
      const { pid, rest } = await openStreamAndFreeze(part);
      process.kill(pid, 'SIGKILL');
      const events = await rest();
      expect(events).not.toContain('[DONE]');
      expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
        error: { type: 'server_error', code: expect.any(String) as unknown },
      });
      expect(await untilAnswered()).toContain('chat.completion');
    },
  );

  it('stops generating when its client leaves', async () => {
    const leave = new AbortController();
    const answer = await chat({ stream: true, temperature: 2, seed: 1 }, leave.signal);
    await answer.body?.getReader().read();
    leave.abort();
    for (let running = 1; running > 0;) {
      const metrics = await (await fetch(`${String(product.node)}/metrics`)).text();
      running = Number(/^hearthkey_requests_running(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1] ?? Number.NaN);
      expect(running).not.toBeNaN();
    }
  });
});

describe('the OpenAI client', () => {
  it('sees the error of a broken stream as an exception', async () => {
    const client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'tiny-llama',
      messages: [{ role: 'user', content: 'Tell me a story' }],
      stream: true,
    });
    const consume = async (): Promise<void> => {
      let killed = false;
      for await (const _chunk of stream) {
        if (killed) continue;
        killed = true;
        const { pid } = await descendant(processId(), 'engine-child/main.ts');
        process.kill(pid, 'SIGKILL');
      }
    };
    await expect(consume()).rejects.toBeInstanceOf(OpenAI.APIError);
    await untilAnswered();
  });
});
