// Ids on every answer, and one record of every request, written at its very end, that holds no secret.
import { beforeAll, describe, expect, it } from 'vitest';
import { printablePath } from '../../../worker/src/middleware/printable-path.ts';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const PROMPT = 'the-secret-in-the-prompt';

let gateway: TestGateway;
let apiKey: { id: string; key: string };

beforeAll(async () => {
  gateway = testGateway({ NODE_ORIGIN: (await testNode()).origin });
  apiKey = await makeKey();
});

describe('happy', () => {
  it.each(['/health', '/nowhere', '/v1/models', '/docs', '//x'])('answers %s with an id of ours', async (path) => {
    const response = await gateway.send(path);
    const id = response.headers.get('x-request-id');
    expect(id).toMatch(/^req_[0-9A-Za-z]{16}$/);
    expect(gateway.records.at(-1)).toMatchObject({ requestId: id, method: 'GET', path, status: response.status });
  });

  it("echoes the caller's own id beside ours, and logs both", async () => {
    const response = await gateway.send('/health', { headers: { 'x-request-id': 'order-7/a' } });
    expect(response.headers.get('x-client-request-id')).toBe('order-7/a');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(gateway.records.at(-1)).toMatchObject({ clientRequestId: 'order-7/a' });
  });

  it.each(['a b', '"x"', 'x'.repeat(200), '<b>'])('drops the id %s of a caller', async (id) => {
    const response = await gateway.send('/health', { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-client-request-id')).toBeNull();
    expect(gateway.records.at(-1)).not.toHaveProperty('clientRequestId');
  });

  it('records a call with its key id, model, counts and times', async () => {
    await gateway.send(CHAT, jsonCall(apiKey.key, chat('echo', PROMPT)));
    expect(gateway.records.at(-1)).toMatchObject({
      outcome: 'ok',
      keyId: apiKey.id,
      model: 'echo',
      stream: false,
      promptTokens: 7,
      cachedTokens: 3,
      completionTokens: 5,
    });
    expect(gateway.records.at(-1)?.totalMs).toBeGreaterThanOrEqual(gateway.records.at(-1)?.firstByteMs ?? Infinity);
  });

  it("records a stream once, after its end, with the node's counts", async () => {
    const before = gateway.records.length;
    await gateway.send(CHAT, jsonCall(apiKey.key, chat('echo', PROMPT, { stream: true })));
    expect(gateway.records.slice(before)).toMatchObject([
      { outcome: 'ok', stream: true, promptTokens: 7, completionTokens: 5 },
    ]);
  });
});

describe('security', () => {
  it('records no secret, prompt, completion or query', async () => {
    const failing = ['echo', 'nothing', 'fails-without-shape', 'fails-with-foreign-code', 'breaks-before-headers'];
    for (const model of failing) await gateway.send(`${CHAT}?q=${PROMPT}`, jsonCall(apiKey.key, chat(model, PROMPT)));
    await gateway.send('/predict', jsonCall(apiKey.key, { input: PROMPT, model: PROMPT }));
    await gateway.send(`/${apiKey.key}`);
    const text = JSON.stringify(gateway.records);
    expect(text).not.toContain(PROMPT);
    expect(text).not.toContain(apiKey.key.slice(20));
    expect(text).not.toContain('secret of the upstream');
  });

  it('cuts and blots paths', () => {
    expect(printablePath(`http://h/x/${apiKey.key}/y?z`)).toBe('/x/hk_…/y');
    expect(printablePath(`http://h/${'a'.repeat(500)}`)).toHaveLength(200);
  });
});
