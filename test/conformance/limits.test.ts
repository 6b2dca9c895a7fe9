// Requirement: the OpenAI SDK's own retry succeeds against a limit that frees itself in time, and is never sent home in vain.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { RateLimitError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { adminTokenOf, startProduct, type Product } from './product.ts';
import { writeSlowModel } from './slow-model.ts';

const QUESTION = { role: 'user', content: 'What does status code 401 mean?' } as const;
const LONG_ANSWER = { model: 'slow', messages: [QUESTION], max_completion_tokens: 3_000 };
const SHORT_ANSWER = { model: 'tiny-llama', messages: [QUESTION], max_completion_tokens: 4 };

let folder: string;
let product: Product;
let userId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthkey-slow-'));
  await writeSlowModel(join(folder, 'slow.gguf'));
  product = await startProduct({ flags: ['--model', join(folder, 'slow.gguf'), '--model', 'models/tiny-llama.gguf'] });
  userId = z.object({ id: z.string() }).parse(await post('/admin/users', { name: 'limited' })).id;
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function post(path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${adminTokenOf(product)}`, 'content-type': 'application/json' };
  return (await fetch(product.gateway + path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

type LimitedClient = { client: OpenAI; statuses: number[] };

/** The official client with a key of its own. `onRefusal` is called with each 429, before the client sees it. */
async function limitedClient(
  limits: object,
  { maxRetries = 0, onRefusal = () => undefined }: { maxRetries?: number; onRefusal?: () => unknown } = {},
): Promise<LimitedClient> {
  const created = await post('/admin/keys', { user_id: userId, name: 'limited', limits });
  const { key: apiKey } = z.object({ key: z.string() }).parse(created);
  const statuses: number[] = [];
  const watchedFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    statuses.push(response.status);
    if (response.status === 429) onRefusal();
    return response;
  };
  return {
    client: new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey, maxRetries, fetch: watchedFetch }),
    statuses,
  };
}

describe('the OpenAI client at a limit', () => {
  it('of parallel calls retries by itself, and passes once the call before it has ended', async () => {
    const running = new AbortController();
    const { client, statuses } = await limitedClient(
      { parallel_requests: 1 },
      { maxRetries: 2, onRefusal: running.abort.bind(running) },
    );
    const stream = await client.chat.completions.create({ ...LONG_ANSWER, stream: true }, { signal: running.signal });
    await stream[Symbol.asyncIterator]().next();
    const answer = await client.chat.completions.create(SHORT_ANSWER);
    expect(answer.choices[0]?.message.content).toEqual(expect.any(String));
    expect(statuses).toEqual([200, 429, 200]);
  });

  it('of a day does not sleep for it: it gets its error class at once', async () => {
    const { client, statuses } = await limitedClient({ requests_per_day: 1 }, { maxRetries: 5 });
    await client.chat.completions.create(SHORT_ANSWER);
    const refused = await client.chat.completions.create(SHORT_ANSWER).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimitError);
    expect(refused).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(statuses).toEqual([200, 429]);
  });
});

describe('calls one after the other', () => {
  const COUNT = 20;
  /** More than is reserved for the prompt. */
  const PROMPT_TOKENS = 60;
  const roomy = { ...SHORT_ANSWER, temperature: 0, max_completion_tokens: 300 };

  async function callInTurns({ client, statuses }: LimitedClient): Promise<void> {
    for (let count = 0; count < COUNT; count += 2) {
      for await (const chunk of await client.chat.completions.create({ ...roomy, stream: true }))
        expect(chunk.object).toBe('chat.completion.chunk');
      await client.chat.completions.create(roomy);
    }
    expect(statuses).toEqual(Array.from({ length: COUNT }, () => 200));
  }

  it('never meet the limit of one call at once, streamed or whole', async () => {
    await callInTurns(await limitedClient({ parallel_requests: 1 }));
  });

  it('never meet a limit of tokens that has room for what they cost, and for what one of them reserves', async () => {
    const { client } = await limitedClient({});
    const cost = (await client.chat.completions.create(roomy)).usage?.total_tokens ?? 0;
    await callInTurns(
      await limitedClient({ tokens_per_minute: COUNT * cost + PROMPT_TOKENS + roomy.max_completion_tokens }),
    );
  });
});
