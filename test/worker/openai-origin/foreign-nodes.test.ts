// Servers of other makers as nodes, over real sockets: what goes there, what comes back, and what the call is settled at.
import { beforeAll, describe, it } from 'vitest';
import { adminNodeListSchema } from '../../../protocol/admin/admin-node.ts';
import { checkListSchema } from '../../../protocol/admin/check.ts';
import { SseDataParser } from '../../../protocol/inference/server-sent-events.ts';
import { nodeTargets } from '../../../worker/src/nodes/node-targets.ts';
import { FOREIGN_BEARER } from '../../loopback-node/node-event.ts';
import { remainingOf, usageOf } from '../accounts/limited-call.ts';
import { callAdmin, createKey, createUser } from '../admin-api.ts';
import { TEST_ADMIN_TOKEN, TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';
import { chat, jsonCall, testForeignServer, testGateway, type TestGateway } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const LIMITS = { requests_per_day: 100, tokens_per_day: 10_000, parallel_requests: 1 };
const UNTOUCHED = { calls: 1, promptTokens: 0, completionTokens: 0, estimatedCalls: 0 };
const NEW_SECRET = 'the key-check secret of after the rotation, long enough';

let server: Awaited<ReturnType<typeof testForeignServer>>;
let gateway: TestGateway;

beforeAll(async () => {
  server = await testForeignServer();
  await addNode({ id: 'foreign', openai: `${server.origin}/v1/`, bearer: FOREIGN_BEARER });
  gateway = testGateway();
});

async function addNode(node: object): Promise<void> {
  const answer = await callAdmin('POST', '/admin/nodes', node);
  if (answer.status !== 200) throw new Error(await answer.text());
}

/** Sends the call with a key of its own, and waits until it is settled. */
async function callOnce(body: object, path = CHAT) {
  const { key, id } = await createKey((await createUser()).id, { limits: LIMITS });
  const answer = await gateway.send(path, jsonCall(key, body));
  return { key, answer, usage: await usageOf(id), remaining: await remainingOf(id) };
}

function stream(model: string, more: object = {}): object {
  return chat(model, 'x', { stream: true, ...more });
}

async function eventsOf(answer: Response): Promise<string[]> {
  return new SseDataParser().push(await answer.text());
}

describe('a whole answer', () => {
  it("passes as the server wrote it, without the server's headers, and is settled at its usage", async ({ expect }) => {
    const { answer, usage, remaining } = await callOnce(chat('foreign-words'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-secret-of-the-server')).toBeNull();
    expect(await answer.json()).toMatchObject({ id: 'theirs', model: 'their name of it', usage: { prompt_tokens: 7 } });
    expect(usage).toMatchObject({ ...UNTOUCHED, promptTokens: 7, completionTokens: 5 });
    expect(remaining).toEqual({ ...LIMITS, requests_per_day: 99, tokens_per_day: 9_988 });
  });

  it('is settled at an estimate, and marked so, when the server tells no usage', async ({ expect }) => {
    const { usage } = await callOnce(chat('tells-no-usage'));
    expect(usage).toMatchObject({ calls: 1, estimatedCalls: 1 });
    expect(usage.promptTokens).toBeGreaterThan(0);
    expect(usage.completionTokens).toBeGreaterThan(0);
  });

  it('is had through completions, embeddings and /predict too', async ({ expect }) => {
    const { usage } = await callOnce({ model: 'foreign-words', input: 'x' }, '/v1/embeddings');
    expect(usage).toMatchObject({ ...UNTOUCHED, promptTokens: 7, completionTokens: 5 });
    const predicted = await callOnce({ model: 'foreign-words', input: 'x' }, '/predict');
    expect(await predicted.answer.json()).toEqual({ prediction: 'one two' });
    expect((await callOnce({ model: 'foreign-words', prompt: 'once' }, '/v1/completions')).answer.status).toBe(200);
    const { body } = await server.waitFor('call', { path: '/v1/completions' });
    expect(JSON.parse(body ?? '')).toMatchObject({ prompt: 'once', max_tokens: 1024 });
  });
});

describe('a stream', () => {
  it('passes without the usage that the client did not ask for, and is settled at it', async ({ expect }) => {
    const { answer, usage, remaining } = await callOnce(stream('foreign-words'));
    const events = await eventsOf(answer);
    expect(events.length).toBe(4);
    expect(events.join('')).not.toContain('usage');
    expect(events.at(-1)).toBe('[DONE]');
    expect(usage).toMatchObject({ ...UNTOUCHED, promptTokens: 7, completionTokens: 5 });
    expect(remaining).toEqual({ ...LIMITS, requests_per_day: 99, tokens_per_day: 9_988 });
  });

  it('has its usage for a client that asked', async ({ expect }) => {
    const { answer } = await callOnce(stream('foreign-words', { stream_options: { include_usage: true } }));
    expect((await eventsOf(answer)).join('')).toContain('"usage":{"prompt_tokens":7');
  });

  it.for([
    ['tells-no-usage', '[DONE]', {}],
    ['fails-inside', 'generation_failed', { generation_failed: 1 }],
    ['breaks-off', 'generation_failed', { generation_failed: 1 }],
  ] as const)('without usage is settled at an estimate: %s', async ([model, last, errors], { expect }) => {
    const { answer, usage } = await callOnce(stream(model));
    const events = await eventsOf(answer);
    expect(events[0]).toContain('one');
    expect(events.at(-1)).toContain(last);
    expect(events.join('')).not.toContain('secret of the server');
    expect(usage).toMatchObject({
      calls: 1,
      estimatedCalls: 1,
      completionTokens: model === 'tells-no-usage' ? 2 : 1,
      errors,
    });
  });
});

describe('a stream that the gateway begins before the server does', () => {
  it('passes, and is settled at what the server says', async ({ expect }) => {
    const { answer, usage } = await callOnce(stream('begins-late'));
    const events = await eventsOf(answer);
    expect([events.length, events.at(-1)]).toEqual([4, '[DONE]']);
    expect(usage).toMatchObject({ ...UNTOUCHED, promptTokens: 7, completionTokens: 5 });
  });

  it.for([
    ['refuses-late', 'context_length_exceeded'],
    ['breaks-late', 'node_offline'],
  ] as const)('ends with the error of the server, which costs nothing: %s', async ([model, code], { expect }) => {
    const { answer, usage, remaining } = await callOnce(stream(model));
    const events = await eventsOf(answer);
    expect([answer.status, events.length]).toEqual([200, 1]);
    expect(JSON.parse(events[0] ?? '')).toMatchObject({ error: { code } });
    expect(usage).toMatchObject({ ...UNTOUCHED, errors: { [code]: 1 } });
    expect(remaining).toEqual(LIMITS);
  });

  it('is given up when the server does not begin in time', async ({ expect }) => {
    const { key } = await createKey((await createUser()).id);
    const impatient = testGateway({ NODE_TIMEOUT_SECONDS: '3' });
    const events = await eventsOf(await impatient.send(CHAT, jsonCall(key, stream('never-begins'))));
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ error: { code: 'node_timeout' } });
    await server.waitFor('closed', { model: 'never-begins' });
  });

  it('goes on at another node when the server fails', async ({ expect }) => {
    const other = await testForeignServer();
    await addNode({ id: 'second', openai: other.origin, bearer: FOREIGN_BEARER });
    const calls = async (): Promise<number> => {
      const events = [...(await server.events()), ...(await other.events())];
      return events.filter(({ type, body }) => type === 'call' && body?.includes('breaks-late') === true).length;
    };
    const before = await calls();
    const { key } = await createKey((await createUser()).id, { limits: LIMITS });
    const events = await eventsOf(await testGateway().send(CHAT, jsonCall(key, stream('breaks-late'))));
    expect(events.at(-1)).toContain('node_offline');
    expect((await calls()) - before).toBe(2);
    await callAdmin('DELETE', '/admin/nodes/second');
  });
});

describe('an error', () => {
  it.for([
    ['is-busy', 503, 'queue_full'],
    ['is-broken', 502, 'node_error'],
    ['writes-html', 502, 'node_error'],
    ['leads-elsewhere', 502, 'node_error'],
    ['has-little-room', 400, 'context_length_exceeded'],
  ] as const)('of the server is one of our table, and costs nothing: %s', async ([model, status, code], { expect }) => {
    for (const body of [chat(model), stream(model)]) {
      const { answer, usage, remaining } = await callOnce(body);
      expect(answer.status).toBe(status);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ error: { code } });
      expect(text).not.toContain('secret of the server');
      if (model === 'is-busy') expect(answer.headers.get('retry-after')).toBe('7');
      expect(usage).toMatchObject({ ...UNTOUCHED, errors: { [code]: 1 } });
      expect(remaining).toEqual(LIMITS);
    }
  });

  it("that is the caller's own passes in the server's words", async ({ expect }) => {
    const { answer } = await callOnce(chat('finds-fault'));
    expect(answer.status).toBe(400);
    const error = { code: 'invalid_value', message: 'temperature must be at most 2', param: 'temperature' };
    expect(await answer.json()).toMatchObject({ error });
  });

  it('says what such a server does not offer', async ({ expect }) => {
    const { answer, remaining } = await callOnce({ model: 'foreign-words', content: 'x' }, '/v1/tokenize');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'unsupported_parameter' } });
    expect(remaining).toEqual(LIMITS);
  });
});

describe('security', () => {
  it('the server is shown its bearer, and neither the key nor the labels of the caller', async ({ expect }) => {
    const { key } = await callOnce(chat('foreign-words', 'hello', { user: 'a-label', metadata: { a: 'label' } }));
    const calls = (await server.events()).filter(({ type, path }) => type === 'call' && path === CHAT);
    const headers = calls.map((call) => call.headers ?? {});
    expect(JSON.stringify(calls)).not.toContain(key);
    expect(JSON.stringify(calls)).not.toContain('label');
    expect(new Set(headers.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${FOREIGN_BEARER}`]));
    // `cf-worker` is the platform's own, as at the edge.
    const own = ['accept', 'authorization', 'cf-worker', 'content-length', 'content-type', 'host', 'x-request-id'];
    expect(Object.keys(headers.at(-1) ?? {}).sort()).toEqual(own);
  });

  it('a redirect is followed nowhere', async ({ expect }) => {
    await callOnce(chat('leads-elsewhere'));
    expect((await server.events()).map(({ path }) => path)).not.toContain('/v1/elsewhere');
  });

  it.for([
    [{ openai: 'http://169.254.169.254' }, 'openai'],
    [{ openai: 'https://metadata.google.internal/x' }, 'openai'],
    [{ origin: 'https://0xa9fea9fe' }, 'origin'],
    [{ openai: 'http://gpu.example' }, 'openai'],
    [{ openai: 'http://10.0.0.1' }, 'openai'],
    [{ origin: 'https://gpu.example', bearer: 'x' }, 'bearer'],
    [{ origin: 'https://gpu.example', openai: 'https://gpu.example' }, 'openai'],
    [{ openai: 'https://gpu.example', bearer: 'a\nb' }, 'bearer'],
  ] as const)('refuses %j', async ([node, param], { expect }) => {
    const answer = await callAdmin('POST', '/admin/nodes', { id: 'bad', ...node });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param } });
  });
});

describe('the node', () => {
  it('is listed with its models, and never with its bearer', async ({ expect }) => {
    const text = await (await callAdmin('GET', '/admin/nodes')).text();
    expect(text).not.toContain(FOREIGN_BEARER);
    const node = adminNodeListSchema.parse(JSON.parse(text)).data.find(({ id }) => id === 'foreign');
    expect(node).toMatchObject({ kind: 'openai', origin: server.origin, live: { state: 'ready' } });
    expect(node?.live.models).toContainEqual(expect.objectContaining({ id: 'foreign-words', sequences: 8 }));
  });

  it('that refuses its bearer is told by doctor, until it is shown the right one', async ({ expect }) => {
    await addNode({ id: 'locked', openai: server.origin, bearer: 'wrong' });
    const checked = async () => {
      const as = { headers: { authorization: `Bearer ${TEST_ADMIN_TOKEN}` } };
      const { data } = checkListSchema.parse(await (await testGateway().send('/admin/checks', as)).json());
      return data.find(({ detail }) => detail.startsWith('locked'));
    };
    const refused = await checked();
    expect(refused).toMatchObject({ outcome: 'failed' });
    expect(`${String(refused?.detail)} ${String(refused?.remedy)}`).toMatch(
      /refuses the gateway's bearer.*nodes update locked/,
    );
    await callAdmin('PATCH', '/admin/nodes/locked', { bearer: FOREIGN_BEARER });
    expect(await checked()).toMatchObject({ outcome: 'ok' });
    await callAdmin('DELETE', '/admin/nodes/locked');
  });

  it('keeps its bearer when the key-check secret is replaced', async ({ expect }) => {
    const bearerWith = async (secrets: object) => {
      const { env, config } = testGateway(secrets);
      const targets = await nodeTargets({ env, config, requestId: 'req_test', waitUntil: () => undefined });
      return targets
        .map((target) => (target.kind === 'openai' ? target.bearer : undefined))
        .find((found) => found !== undefined);
    };
    expect(await bearerWith({ KEY_CHECK_SECRET: NEW_SECRET })).toBeNull();
    const both = { KEY_CHECK_SECRET: NEW_SECRET, KEY_CHECK_SECRET_PREVIOUS: TEST_KEY_CHECK_SECRET };
    expect(await bearerWith(both)).toBe(FOREIGN_BEARER);
    // It was sealed anew: the previous secret is no longer needed.
    expect(await bearerWith({ KEY_CHECK_SECRET: NEW_SECRET })).toBe(FOREIGN_BEARER);
  });
});
