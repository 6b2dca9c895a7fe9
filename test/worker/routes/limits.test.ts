// What a caller sees of its limits: headers on every answer, and a 429 that OpenAI's clients understand.
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, it } from 'vitest';
import { errorBodySchema } from '../../../protocol/errors/error-body.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import { accountOf, ACTOR, mintKey, nowSeconds } from '../accounts/open-account.ts';
import { createKey, createUser } from '../admin-api.ts';
import { chat, GATEWAY, jsonCall, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const MINUTE_SECONDS = 60;
/** A second's calls leave the sliding minute together. */
const LONGEST_WAIT_SECONDS = MINUTE_SECONDS + 1;
/** A call of these tests reserves 30 tokens and costs 12. */
const TOKENS_FOR_ONE = 40;
const TOKENS_SPENT = 12;
const DURATION = /^(\d+h)?(\d+m)?(\d+(\.\d{1,3})?s|\d+ms)$/;

let node: TestNode;
let gateway: TestGateway;

beforeAll(async () => {
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
});

async function limitedKey(fields: Record<string, unknown>): Promise<{ key: string; id: string }> {
  return createKey((await createUser()).id, fields);
}

function rateHeaders(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('x-ratelimit-')));
}

async function errorOf(response: Response) {
  return errorBodySchema.parse(await response.json()).error;
}

describe('the rate headers', () => {
  it.for([
    ['whole', CHAT, chat('echo', 'hello', { max_tokens: 10 })],
    ['streamed', CHAT, chat('echo', 'hello', { max_tokens: 10, stream: true })],
    ['of plain text', '/v1/completions', { model: 'echo', prompt: 'hello', max_tokens: 10 }],
    ['of /predict', '/predict', { model: 'echo', input: 'hello', max_tokens: 10 }],
  ] as const)('stand on an answer, %s, in OpenAI’s form', async ([, path, body], { expect }) => {
    const { key } = await limitedKey({ limits: { requests_per_minute: 7, tokens_per_day: 1_000 } });
    const response = await gateway.send(path, jsonCall(key, body));
    expect(response.status).toBe(200);
    const headers = rateHeaders(response);
    expect(headers).toEqual({
      'x-ratelimit-limit-requests': '7',
      'x-ratelimit-remaining-requests': '6',
      'x-ratelimit-reset-requests': expect.stringMatching(DURATION) as string,
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': expect.stringMatching(/^9\d\d$/) as string,
      'x-ratelimit-reset-tokens': expect.stringMatching(DURATION) as string,
    });
  });

  it('tell of the limit with the least left, and what is left after the settled calls', async ({ expect }) => {
    const limits = { requests_per_day: 100, tokens_per_day: 10_000, models: { echo: { requests_per_day: 50 } } };
    const { key, id } = await limitedKey({ limits });
    await accountOf(id).updateAccount({ limits: { requests_per_day: 30 } });
    await gateway.send(CHAT, jsonCall(key, chat('echo', 'hello', { max_tokens: 100 })));
    const response = await gateway.send(CHAT, jsonCall(key, chat('echo', 'hello', { max_tokens: 100 })));
    const headers = rateHeaders(response);
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '30',
      'x-ratelimit-remaining-requests': '28',
      'x-ratelimit-limit-tokens': '10000',
    });
    // The first call was settled by the 12 tokens that it cost; the second one is counted as reserved.
    expect(Number(headers['x-ratelimit-remaining-tokens'])).toBeGreaterThan(10_000 - 12 - 200);
  });

  it('stand on refusals and on errors of the call as well', async ({ expect }) => {
    const { key } = await limitedKey({ limits: { requests_per_day: 2 } });
    const failed = await gateway.send(CHAT, jsonCall(key, chat('too-long')));
    expect([failed.status, rateHeaders(failed)['x-ratelimit-remaining-requests']]).toEqual([400, '1']);
    for (const status of [200, 200, 429]) {
      const response = await gateway.send(CHAT, jsonCall(key, chat('echo')));
      expect(response.status).toBe(status);
      expect(rateHeaders(response)['x-ratelimit-limit-requests']).toBe('2');
    }
  });

  it('are absent where there is no such limit', async ({ expect }) => {
    const { key } = await limitedKey({});
    expect(rateHeaders(await gateway.send(CHAT, jsonCall(key, chat('echo'))))).toEqual({});
  });
});

describe('a call over a limit', () => {
  async function exhaust(limits: Record<string, unknown>, body: object = chat('echo', 'x', { max_tokens: 5 })) {
    const { key } = await limitedKey({ limits });
    const first = await gateway.send(CHAT, jsonCall(key, body));
    if (first.status !== 200) return first;
    return gateway.send(CHAT, jsonCall(key, body));
  }

  it('of the minute is told when it will pass, and not to sleep for it', async ({ expect }) => {
    const response = await exhaust({ requests_per_minute: 1 });
    expect(response.status).toBe(429);
    const retryAfter = Number(response.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(MINUTE_SECONDS - 5);
    expect(retryAfter).toBeLessThanOrEqual(LONGEST_WAIT_SECONDS);
    expect(response.headers.get('x-should-retry')).toBe(retryAfter >= MINUTE_SECONDS ? 'false' : null);
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null });
    expect(error.message).toContain('1 requests a minute');
  });

  it.for(['requests_per_day', 'requests_per_month', 'tokens_per_day', 'tokens_per_month'] as const)(
    'of a day or month is a quota: %s',
    async (name, { expect }) => {
      const response = await exhaust({ [name]: name.startsWith('requests') ? 1 : TOKENS_FOR_ONE });
      expect(response.status).toBe(429);
      expect(response.headers.get('x-should-retry')).toBe('false');
      const now = new Date();
      const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
      const endMs = name.endsWith('day') ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
      const leftSeconds = (endMs - now.getTime()) / 1_000;
      expect(Math.abs(Number(response.headers.get('retry-after')) - leftSeconds)).toBeLessThan(5);
      expect(await errorOf(response)).toMatchObject({ type: 'rate_limit_error', code: 'insufficient_quota' });
    },
  );

  it('of parallel calls may come again in a second, and passes then', async ({ expect }) => {
    const { key } = await limitedKey({ limits: { parallel_requests: 1 } });
    const running = gateway.send(CHAT, jsonCall(key, chat('waits-for-release')));
    await node.waitFor('call', { model: 'waits-for-release' });
    const response = await gateway.send(CHAT, jsonCall(key, chat('echo')));
    expect([response.status, response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
      ...[429, '1', null],
    ]);
    expect(await errorOf(response)).toMatchObject({ code: 'rate_limit_exceeded' });
    await node.release('answer');
    expect((await running).status).toBe(200);
    expect((await gateway.send(CHAT, jsonCall(key, chat('echo')))).status).toBe(200);
  });

  it('that the stream before it still fills waits until it is known what that cost', async ({ expect }) => {
    const slow = await testNode();
    await slow.setState({ journalHeld: true });
    const behind = testGateway({ NODE_ORIGIN: slow.origin });
    const { key } = await limitedKey({ limits: { tokens_per_minute: TOKENS_FOR_ONE + TOKENS_SPENT } });
    const call = jsonCall(key, chat('echo', 'x', { max_tokens: 5, stream: true }));
    const stream = await behind.app.fetch(new Request(GATEWAY + CHAT, call), behind.env, createExecutionContext());
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    for (let text = ''; !text.includes('[DONE]');) text += new TextDecoder().decode((await reader.read()).value);
    await slow.waitFor('call', { path: NODE_PATH.journal });
    const next = behind.send(CHAT, jsonCall(key, chat('echo', 'x', { max_tokens: 5 })));
    const others = await limitedKey({});
    expect((await behind.send(CHAT, jsonCall(others.key, chat('echo')))).status).toBe(200);
    await slow.release('answer');
    expect((await next).status).toBe(200);
  });

  it('that is larger than the limit itself never passes, and is told so', async ({ expect }) => {
    const response = await exhaust({ tokens_per_minute: 10 });
    expect([response.status, response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
      ...[429, null, 'false'],
    ]);
    expect((await errorOf(response)).message).toContain('larger than the limit');
  });

  it('over /predict is refused in its own form', async ({ expect }) => {
    const { key } = await limitedKey({ limits: { requests_per_day: 1 } });
    const call = jsonCall(key, { model: 'echo', input: 'x' });
    expect((await gateway.send('/predict', call)).status).toBe(200);
    const response = await gateway.send('/predict', call);
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({ error: expect.stringContaining('1 requests a day') as string });
  });

  it('reaches no node', async ({ expect }) => {
    const own = await testNode();
    const { key } = await limitedKey({ limits: { requests_per_day: 1 } });
    const strict = testGateway({ NODE_ORIGIN: own.origin });
    for (let count = 0; count < 5; count++) await strict.send(CHAT, jsonCall(key, chat('echo')));
    expect((await own.events()).filter(({ type, path }) => type === 'call' && path === CHAT)).toHaveLength(1);
  });
});

describe('max_tokens', () => {
  it('is lowered to the limit when the caller named none, and refused when it named more', async ({ expect }) => {
    const own = await testNode();
    const strict = testGateway({ NODE_ORIGIN: own.origin });
    const { key } = await limitedKey({ limits: { max_tokens_per_call: 20 } });
    expect((await strict.send(CHAT, jsonCall(key, chat('echo')))).status).toBe(200);
    const { body = '' } = await own.waitFor('call', { path: CHAT });
    expect(JSON.parse(body)).toMatchObject({ max_tokens: 20 });
    const refused = await strict.send(CHAT, jsonCall(key, chat('echo', 'x', { max_tokens: 21 })));
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toMatchObject({ code: 'invalid_value', param: 'max_tokens' });
    expect((await strict.send(CHAT, jsonCall(key, chat('echo', 'x', { max_tokens: 20 })))).status).toBe(200);
  });
});

describe('an answer to a secret that was rotated out', () => {
  it('says until when it works; the new one’s does not', async ({ expect }) => {
    const { key, id } = await limitedKey({});
    const { text, key: next } = await mintKey(id);
    const before = nowSeconds();
    await accountOf(id).rotateKey(id, next.secretDigest, 3_600, ACTOR);
    for (const [path, init] of [
      [CHAT, jsonCall(key, chat('echo'))],
      [CHAT, jsonCall(key, chat('echo', 'x', { stream: true }))],
      ['/v1/models', { headers: { authorization: `Bearer ${key}` } }],
      ['/v1/key', { headers: { authorization: `Bearer ${key}` } }],
    ] as const) {
      const response = await gateway.send(path, init);
      expect(response.status).toBe(200);
      const rotateBy = Date.parse(response.headers.get('x-hearthkey-rotate-by') ?? '') / 1_000;
      expect(rotateBy).toBeGreaterThanOrEqual(before + 3_600);
      expect(rotateBy).toBeLessThanOrEqual(nowSeconds() + 3_600);
    }
    const response = await gateway.send(CHAT, jsonCall(text, chat('echo')));
    expect([response.status, response.headers.get('x-hearthkey-rotate-by')]).toEqual([200, null]);
  });
});

describe('a key without the scope', () => {
  it.for([
    [CHAT, chat('echo'), ['completions', 'predict', 'models'], 'chat'],
    [CHAT, chat('echo', 'x', { stream: true }), ['models'], 'chat'],
    ['/v1/completions', { model: 'echo', prompt: 'x' }, ['chat', 'predict', 'models'], 'completions'],
    ['/predict', { model: 'echo', input: 'x' }, ['chat', 'completions', 'models'], 'predict'],
    ['/v1/models', null, ['chat', 'completions', 'predict'], 'models'],
    ['/v1/models/echo', null, ['chat'], 'models'],
  ] as const)('is told 403, and which it lacks: %s', async ([path, body, scopes, lacking], { expect }) => {
    const { key } = await limitedKey({ scopes });
    const init = body === null ? { headers: { authorization: `Bearer ${key}` } } : jsonCall(key, body);
    const response = await gateway.send(path, init);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain(`'${lacking}'`);
    expect((await gateway.send('/v1/key', { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  });
});
