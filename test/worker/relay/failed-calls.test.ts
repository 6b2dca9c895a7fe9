// A call that fails is settled like any other: by what the node counted, as far as it can tell, and as nothing where no engine
// was reached.
import { beforeAll, describe, it } from 'vitest';
import { remainingOf, usageOf } from '../accounts/limited-call.ts';
import { createKey, createUser } from '../admin-api.ts';
import { chat, jsonCall, testGateway, testNode, type TestNode } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const LIMITS = { requests_per_day: 100, tokens_per_day: 10_000, parallel_requests: 1 };
const NOTHING_USED = { calls: 1, promptTokens: 0, completionTokens: 0, estimatedCalls: 0 };

let node: TestNode;

beforeAll(async () => {
  node = await testNode();
});

/** Sends the call and waits until it is settled. */
async function callOnce(path: string, body: object, at: TestNode = node) {
  const { key, id } = await createKey((await createUser()).id, { limits: LIMITS });
  const answer = await testGateway({ NODE_ORIGIN: at.origin }).send(path, jsonCall(key, body));
  return { answer, usage: await usageOf(id), remaining: await remainingOf(id) };
}

describe('a whole answer', () => {
  it.for([
    [CHAT, chat('breaks-off-working')],
    ['/predict', { model: 'breaks-off-working', input: 'x' }],
    ['/predict', { model: 'breaks-off-in-its-body', input: 'x' }],
  ] as const)('whose connection broke counts as the node counted: %s %j', async ([path, body], { expect }) => {
    const { answer, usage, remaining } = await callOnce(path, body);
    expect(answer.status).toBe(503);
    expect(usage).toEqual({ ...NOTHING_USED, promptTokens: 7, completionTokens: 5, errors: { node_offline: 1 } });
    expect(remaining).toEqual({ ...LIMITS, requests_per_day: 99, tokens_per_day: 9_988 });
  });

  it('that cannot be read is settled, and its place is free', async ({ expect }) => {
    const { answer, usage, remaining } = await callOnce('/predict', { model: 'answers-garbage', input: 'x' });
    expect(answer.status).toBe(502);
    expect(usage).toEqual({ ...NOTHING_USED, errors: { node_error: 1 } });
    expect(remaining).toEqual(LIMITS);
  });
});

describe('a call that reached no engine', () => {
  it.for([
    ['queue-full', 503, 'queue_full'],
    ['too-long', 400, 'context_length_exceeded'],
    ['breaks-before-headers', 503, 'node_offline'],
  ] as const)('gives everything back: %s', async ([model, status, code], { expect }) => {
    for (const stream of [true, false]) {
      const { answer, usage, remaining } = await callOnce(CHAT, chat(model, 'x', { stream }));
      expect(answer.status).toBe(status);
      expect(usage).toEqual({ ...NOTHING_USED, errors: { [code]: 1 } });
      expect(remaining).toEqual(LIMITS);
    }
  });

  it('gives everything back when its node has just gone', async ({ expect }) => {
    const gone = await testNode();
    const { key, id } = await createKey((await createUser()).id, { limits: LIMITS });
    const gateway = testGateway({ NODE_ORIGIN: gone.origin });
    expect((await gateway.send(CHAT, jsonCall(key, chat('queue-full')))).status).toBe(503);
    await gone.kill();
    expect((await gateway.send(CHAT, jsonCall(key, chat('echo')))).status).toBe(503);
    expect(await usageOf(id)).toMatchObject({ calls: 2, promptTokens: 0, errors: { queue_full: 1, node_offline: 1 } });
    expect(await remainingOf(id)).toEqual(LIMITS);
  });
});
