// Requirement: a server of another maker can be a node. The real one here is a second gateway, with one of its keys as the bearer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { startGatewayOf } from './gateway-of-server.ts';
import { adminTokenOf, keyOf, startProduct, type Product } from './product.ts';

const QUESTION = {
  model: 'tiny-llama',
  messages: [{ role: 'user', content: 'How do I revoke a key?' }],
  temperature: 0,
};

/** Has the models. */
let server: Product;
/** Has none of its own: its node is the other gateway. */
let front: Product;

beforeAll(async () => {
  server = await startProduct();
  front = await startGatewayOf({ url: server.gateway, bearer: keyOf(server) });
});

afterAll(async () => {
  await front[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function ask(product: Product, path: string, body: object): Promise<Response> {
  return fetch(product.gateway + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` },
    body: JSON.stringify(body),
  });
}

const usageSchema = z.object({ prompt_tokens: z.int(), completion_tokens: z.int() });
const answerSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })),
  usage: usageSchema,
});

/** What its gateway has counted of all calls. */
async function counted(product: Product): Promise<{ calls: number; completion_tokens: number }> {
  const headers = { authorization: `Bearer ${adminTokenOf(product)}` };
  const read = async (path: string): Promise<unknown> => (await fetch(product.gateway + path, { headers })).json();
  const users = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(await read('/admin/users'));
  const schema = z.object({ data: z.array(z.object({ calls: z.int(), completion_tokens: z.int() })) });
  const { data } = schema.parse(await read(`/admin/usage?group_by=model&user_id=${users.data[0]?.id ?? ''}`));
  return data[0] ?? { calls: 0, completion_tokens: 0 };
}

describe('a gateway in front of a gateway', () => {
  it('lists what the other one serves', async () => {
    const headers = { authorization: `Bearer ${keyOf(front)}` };
    const list = await (await fetch(`${front.gateway}/v1/models`, { headers })).text();
    expect(list).toContain('"tiny-llama"');
    expect(list).toContain('"tiny-phi2"');
  });

  it('answers as the other one does, whole and streamed, and both count the same', async () => {
    const [before, beforeThere] = [await counted(front), await counted(server)];
    const direct = answerSchema.parse(await (await ask(server, '/v1/chat/completions', QUESTION)).json());
    const whole = answerSchema.parse(await (await ask(front, '/v1/chat/completions', QUESTION)).json());
    expect(whole.choices).toEqual(direct.choices);
    expect(whole.usage).toEqual(direct.usage);
    const events = new SseDataParser().push(
      await (await ask(front, '/v1/chat/completions', { ...QUESTION, stream: true })).text(),
    );
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event) as { usage?: unknown; choices: unknown[] });
    // The client has not asked for the usage that the gateway reads there.
    expect(chunks.every(({ usage, choices }) => (usage ?? null) === null && choices.length > 0)).toBe(true);
    // A moment after the answer: what a call has cost is told by the process that answered it, several at a time.
    while ((await counted(front)).calls - before.calls < 2);
    const [after, afterThere] = [await counted(front), await counted(server)];
    expect(after.calls - before.calls).toBe(2);
    expect(after.completion_tokens - before.completion_tokens).toBe(2 * direct.usage.completion_tokens);
    expect(afterThere.completion_tokens - beforeThere.completion_tokens).toBe(3 * direct.usage.completion_tokens);
  });

  it('passes on what the other one refuses', async () => {
    const long = { ...QUESTION, messages: [{ role: 'user', content: 'word '.repeat(20_000) }] };
    const refused = await ask(front, '/v1/chat/completions', long);
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }]);
    const none = await ask(front, '/v1/chat/completions', { ...QUESTION, model: 'nothing' });
    expect(none.status).toBe(404);
  });

  it('gives vectors', async () => {
    const body = { model: 'tiny-llama', input: 'An API key' };
    const schema = z.object({ data: z.array(z.object({ embedding: z.array(z.number()) })) });
    const [ours, theirs] = [
      schema.parse(await (await ask(front, '/v1/embeddings', body)).json()),
      schema.parse(await (await ask(server, '/v1/embeddings', body)).json()),
    ];
    expect(ours).toEqual(theirs);
  });
});
