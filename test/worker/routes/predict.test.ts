// The contract of `POST /predict`, to the letter.
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonCall, makeKey, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

let key: string;
let node: TestNode;
let gateway: TestGateway;

beforeAll(async () => {
  ({ key } = await makeKey());
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
});

describe('happy', () => {
  it('answers {"prediction"} by the default model', async () => {
    const response = await gateway.send('/predict', jsonCall(key, { input: 'a text' }));
    expect(response.status).toBe(200);
    expect(await response.json()).toStrictEqual({ prediction: 'a text' });
    expect(gateway.records.at(-1)).toMatchObject({ model: 'echo', promptTokens: 7, completionTokens: 5 });
  });

  it('passes model, max_tokens, temperature and stop on', async () => {
    const body = { input: 'x', model: 'second', max_tokens: 3, temperature: 0, stop: ['.'] };
    const response = await gateway.send('/predict', jsonCall(key, body));
    const event = await node.waitFor('call', { callId: response.headers.get('x-hearthkey-call-id') ?? '' });
    expect(JSON.parse(event.body ?? '')).toStrictEqual({
      model: 'second',
      messages: [{ role: 'user', content: 'x' }],
      max_tokens: 3,
      temperature: 0,
      stop: ['.'],
      stream: false,
    });
  });

  it('takes the first model that the key may use', async () => {
    const limited = await makeKey({ models: ['second'] });
    expect((await gateway.send('/predict', jsonCall(limited.key, { input: 'x' }))).status).toBe(200);
    expect(gateway.records.at(-1)?.model).toBe('second');
  });
});

describe('error', () => {
  it('answers {"error": "<message>"} with the right status', async () => {
    const expectError = async (body: unknown, status: number) => {
      const response = await gateway.send('/predict', jsonCall(key, body));
      expect(response.status).toBe(status);
      expect(Object.keys(await response.json())).toStrictEqual(['error']);
    };
    await expectError({}, 400);
    await expectError({ input: 7 }, 400);
    await expectError('not json', 400);
    await expectError({ input: 'x', model: 'none' }, 404);
    await expectError({ input: 'x', model: 'queue-full' }, 503);
    await expectError({ input: 'x', model: 'answers-garbage' }, 502);
    expect((await gateway.send('/predict')).status).toBe(405);
  });

  it('says that no model is there for a key that may use none of those served', async () => {
    const limited = await makeKey({ models: ['elsewhere'] });
    expect((await gateway.send('/predict', jsonCall(limited.key, { input: 'x' }))).status).toBe(404);
  });
});

describe('security', () => {
  it.each([
    ['no key', undefined],
    ['a wrong key', 'Bearer nonsense'],
    ['another scheme', 'Basic YTpi'],
  ])('answers exactly {"error":"Unauthorized"} to %s', async (_what, authorization) => {
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    const response = await gateway.send('/predict', { method: 'POST', headers, body: '{"input":"x"}' });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('{"error":"Unauthorized"}');
  });
});
