// Calls that generate nothing go the same way as those that do: key, scope, limits, one signed call.
import { beforeAll, describe, expect, it } from 'vitest';
import { remainingOf } from '../accounts/limited-call.ts';
import { createKey, createUser } from '../admin-api.ts';
import { jsonCall, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

const LIMITS = { requests_per_day: 100, tokens_per_day: 1000, parallel_requests: 1 };
const EMBEDDINGS = ['/v1/embeddings', { model: 'echo', input: 'An API key' }] as const;
const TOKENIZE = ['/v1/tokenize', { model: 'echo', content: 'x'.repeat(100_000) }] as const;
const DETOKENIZE = ['/v1/detokenize', { model: 'echo', tokens: [1, 2] }] as const;

let node: TestNode;
let gateway: TestGateway;

beforeAll(async () => {
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
});

describe.each([EMBEDDINGS, TOKENIZE, DETOKENIZE])('%s', (path, body) => {
  it('tells the node what was asked, and nothing of a generation', async () => {
    const { key } = await createKey((await createUser()).id, { limits: LIMITS });
    const answer = await gateway.send(path, jsonCall(key, { ...body, model: 'alias-of-echo' }));
    expect(answer.status).toBe(200);
    const callId = answer.headers.get('x-hearthkey-call-id') ?? '';
    const call = await node.waitFor('call', { callId });
    expect(call.path).toBe(path);
    expect(JSON.parse(call.body ?? '')).toEqual(path === '/v1/embeddings' ? { ...body, input: ['An API key'] } : body);
  });

  it('is refused to a key without its scope', async () => {
    const { key } = await createKey((await createUser()).id, { scopes: ['chat'] });
    const answer = await gateway.send(path, jsonCall(key, body));
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'insufficient_permissions' } });
  });

  it('counts as a request, and holds a place while it runs', async () => {
    const { key, id } = await createKey((await createUser()).id, { limits: LIMITS });
    await gateway.send(path, jsonCall(key, body));
    expect(await remainingOf(id)).toMatchObject({ requests_per_day: 99, parallel_requests: 1 });
  });
});

it('reading a long text reserves no tokens', async () => {
  const limits = { tokens_per_day: 20 };
  const { key } = await createKey((await createUser()).id, { limits });
  expect((await gateway.send(TOKENIZE[0], jsonCall(key, TOKENIZE[1]))).status).toBe(200);
  const long = { model: 'echo', input: 'x'.repeat(1000) };
  expect((await gateway.send('/v1/embeddings', jsonCall(key, long))).status).toBe(429);
});
