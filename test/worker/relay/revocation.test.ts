// Whatever takes a key's rights away also ends its calls under way: within 5 s, with an error that tells why, at the node as well,
// and settled by what the node counted until then.
import { beforeAll, describe, it } from 'vitest';
import { SseDataParser } from '../../../protocol/inference/server-sent-events.ts';
import { usageOf } from '../accounts/limited-call.ts';
import { accountOf, ACTOR, mintKey, nowSeconds } from '../accounts/open-account.ts';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
/** From the answer of the act that took the right away. */
const CUT_WITHIN_MS = 5_000;
const GRACE_SECONDS = 3_600;

let node: TestNode;

beforeAll(async () => {
  node = await testNode();
});

/** Takes the right away; resolves when that is acknowledged. */
const ACTS = {
  'the key is revoked': (keyId) => accountOf(keyId).revokeKey(keyId, ACTOR),
  'the key is disabled': (keyId) => accountOf(keyId).setKeyDisabled(keyId, true, ACTOR),
  'the user is disabled': (keyId) => accountOf(keyId).updateAccount({ disabled: true }),
  'the model is removed from the key': (keyId) => accountOf(keyId).updateKey(keyId, { models: ['echo'] }, ACTOR),
  'the key expires': (keyId) => accountOf(keyId).updateKey(keyId, { expiresAt: nowSeconds() + 1 }, ACTOR),
  async 'the rotation that has kept its secret alive is finished'(keyId) {
    const { key } = await mintKey(keyId);
    await accountOf(keyId).rotateKey(keyId, key.secretDigest, GRACE_SECONDS, ACTOR);
    await accountOf(keyId).finishRotation(keyId, ACTOR);
  },
} satisfies Record<string, (keyId: string) => Promise<unknown>>;

type Cut = {
  gateway: TestGateway;
  keyId: string;
  callId: string;
  elapsedMs: number;
  answer: Response | null;
  text: string;
};

/** Begins a call that would never end, and takes the key's right away as soon as the node has it. */
async function cut(act: (keyId: string) => Promise<unknown>, path: string, body: object): Promise<Cut> {
  const gateway = testGateway({ NODE_ORIGIN: node.origin });
  const { key, id: keyId } = await makeKey();
  const sent = gateway.send(path, jsonCall(key, body)).catch(() => null);
  const { callId = '' } = await node.waitFor('call', { keyId });
  await act(keyId);
  const acknowledgedMs = Date.now();
  const answer = await sent;
  return { gateway, keyId, callId, elapsedMs: Date.now() - acknowledgedMs, answer, text: (await answer?.text()) ?? '' };
}

describe.concurrent('a running stream', () => {
  it.for(Object.entries(ACTS))('is cut when %s', async ([, act], { expect }) => {
    const { gateway, keyId, callId, elapsedMs, text } = await cut(
      act,
      CHAT,
      chat('streams-for-ever', 'x', { stream: true }),
    );
    expect(elapsedMs).toBeLessThan(CUT_WITHIN_MS);
    const events = new SseDataParser().push(text);
    expect(events[0]).toContain('"content":"word 1"');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
      error: {
        type: 'authentication_error',
        code: 'invalid_api_key',
        message: expect.stringContaining('revoked') as string,
      },
    });
    expect(events.filter((event) => event.startsWith('{"error"'))).toHaveLength(1);
    expect(events).not.toContain('[DONE]');
    await node.waitFor('closed', { callId });
    await node.waitFor('acknowledged', { callId });
    expect(gateway.records).toMatchObject([{ status: 200, outcome: 'cut', error: 'invalid_api_key' }]);
    // What the node counted: every event that it wrote, a few of which nobody has read.
    const { completionTokens, ...usage } = await usageOf(keyId);
    expect(usage).toEqual({ calls: 1, promptTokens: 7, estimatedCalls: 0, errors: { invalid_api_key: 1 } });
    expect(completionTokens).toBe(gateway.records[0]?.completionTokens);
    expect(completionTokens).toBeGreaterThanOrEqual(events.length - 1);
  });
});

describe.concurrent('an answer that is not streamed', () => {
  it.for([
    [CHAT, chat('works-for-ever'), { error: { code: 'invalid_api_key' } }],
    ['/predict', { model: 'works-for-ever', input: 'x' }, {}],
  ] as const)('is broken off: %s', async ([path, body], { expect }) => {
    const { gateway, keyId, callId, elapsedMs } = await cut(ACTS['the key is revoked'], path, body);
    expect(elapsedMs).toBeLessThan(CUT_WITHIN_MS);
    await node.waitFor('closed', { callId });
    await node.waitFor('acknowledged', { callId });
    expect(gateway.records).toMatchObject([{ status: 200, outcome: 'error', error: 'invalid_api_key' }]);
    expect(await usageOf(keyId)).toEqual({
      ...{ calls: 1, promptTokens: 7, completionTokens: 5, estimatedCalls: 0 },
      errors: { invalid_api_key: 1 },
    });
  });
});

describe.concurrent('a call that the node has not answered yet', () => {
  it('is refused when its stream has not begun', async ({ expect }) => {
    const body = chat('works-for-ever', 'x', { stream: true });
    const { keyId, callId, elapsedMs, answer, text } = await cut(ACTS['the key is revoked'], CHAT, body);
    expect(elapsedMs).toBeLessThan(CUT_WITHIN_MS);
    expect(answer?.status).toBe(401);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_api_key' } });
    await node.waitFor('closed', { callId });
    await node.waitFor('acknowledged', { callId });
    expect(await usageOf(keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
  });
});
