// Whatever a body holds: an answer in the right shape, with a 4xx that names the field, never a 500.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';
const PATHS = [CHAT, '/v1/completions', '/predict'] as const;
const MAX_BODY_BYTES = 4096;
/** Each run is a whole request through key check, object and node. */
const RUNS = { numRuns: 60 };

let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  gateway = testGateway({ NODE_ORIGIN: (await testNode()).origin, MAX_BODY_BYTES: String(MAX_BODY_BYTES) });
  ({ key } = await makeKey());
});

async function errorOf(
  body: unknown,
  path: string = CHAT,
): Promise<{ status: number; code: string; param: string | null; message: string }> {
  const response = await gateway.send(path, jsonCall(key, body));
  const { error } = await response.json<{ error: { code: string; param: string | null; message: string } }>();
  return { status: response.status, ...error };
}

function post(
  body: BodyInit | null,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): RequestInit {
  return { method: 'POST', headers: { authorization: `Bearer ${key}`, ...headers }, body };
}

/** A body of unknown length, as a chunked upload is. */
function chunked(text: string): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let offset = 0; offset < bytes.length; offset += 100) controller.enqueue(bytes.slice(offset, offset + 100));
      controller.close();
    },
  });
}

describe('happy', () => {
  it('takes a body of unknown length', async () => {
    expect((await gateway.send(CHAT, post(chunked(JSON.stringify(chat('echo')))))).status).toBe(200);
  });

  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'takes %s',
    async (type) => {
      expect((await gateway.send(CHAT, post(JSON.stringify(chat('echo')), { 'content-type': type }))).status).toBe(200);
    },
  );
});

describe('error', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonx',
    '',
  ])('answers 415 to the content type "%s"', async (type) => {
    const response = await gateway.send(CHAT, post(JSON.stringify(chat('echo')), { 'content-type': type }));
    expect(response.status).toBe(415);
  });

  it('answers 415 to a compressed body', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await gateway.send(CHAT, post(JSON.stringify(chat('echo')), headers))).status).toBe(415);
  });

  it.each([
    ['no body', null],
    ['an empty body', ''],
    ['half a body', '{"model":"echo"'],
    ['two bodies', '{}{}'],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['an overlong encoding', new Uint8Array([0xc0, 0x80])],
  ])('answers 400 invalid_json to %s', async (_what, body) => {
    const response = await gateway.send(CHAT, post(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_json' } });
  });

  it.each([
    [{ messages: [] }, 'model'],
    [{ model: 'echo' }, 'messages'],
    [chat('echo', 'x', { messages: [] }), 'messages'],
    [chat('echo', 'x', { max_tokens: -1 }), 'max_tokens'],
    [chat('echo', 'x', { max_tokens: 1.5 }), 'max_tokens'],
    [chat('echo', 'x', { temperature: 'hot' }), 'temperature'],
    [chat('echo', 'x', { stop: [1] }), 'stop[0]'],
    [chat('echo', 'x', { audio: {} }), 'audio'],
    [chat('echo', 'x', { tools: [{ type: 'function' }] }), 'tools[0].function'],
    [chat('echo', 'x', { response_format: { type: 'xml' } }), 'response_format.type'],
    [chat('echo', 'x', { response_format: { type: 'json_schema' } }), 'response_format.json_schema'],
    [chat('echo', 'x', { nonsense: 1 }), 'nonsense'],
    [chat('echo', 'a\u0000b'), 'messages[0].content'],
    [chat('echo', 'x', { max_tokens: 1, max_completion_tokens: 2 }), 'max_completion_tokens'],
  ])('answers 400 to %j, naming %s', async (body, param) => {
    expect(await errorOf(body)).toMatchObject({ status: 400, param });
  });

  it('answers 400 to a lone surrogate, which JSON can escape', async () => {
    expect(await errorOf('{"model":"echo","messages":[{"role":"user","content":"\\ud800"}]}')).toMatchObject({
      status: 400,
    });
  });

  it.each([chunked('x'.repeat(MAX_BODY_BYTES + 1)), 'x'.repeat(MAX_BODY_BYTES + 1)])(
    'answers 413 to a body over the cap',
    async (body) => {
      const response = await gateway.send(CHAT, post(body));
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { code: 'payload_too_large' } });
    },
  );
});

describe('security', () => {
  it('survives deep nesting', async () => {
    const depth = MAX_BODY_BYTES / 2 - 100;
    const nested = '['.repeat(depth) + ']'.repeat(depth);
    expect(await errorOf(nested)).toMatchObject({ status: 400 });
    expect(await errorOf(`{"model":"echo","messages":${nested}}`)).toMatchObject({ status: 400 });
  });

  it.each(['{"__proto__":{"model":"echo"},"messages":[]}', '{"model":"echo","constructor":{},"messages":[]}'])(
    'takes %s for unknown fields',
    async (body) => {
      expect(await errorOf(body)).toMatchObject({ status: 400 });
    },
  );

  it('never echoes what was sent', async () => {
    const secret = 'the-secret-in-the-body';
    for (const body of [`{"${secret}`, `{"model":"${secret}!!","messages":[]}`, { model: 'echo', messages: secret }]) {
      expect((await errorOf(body)).message).not.toContain(secret);
    }
    expect(JSON.stringify(gateway.records)).not.toContain(secret);
  });

  it('answers any JSON value with anything but a 500', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...PATHS), fc.jsonValue(), expectNoFailure), RUNS);
  });

  it('answers any object of our own fields with anything but a 500', async () => {
    const field = fc.constantFrom(
      'model',
      'messages',
      'prompt',
      'input',
      'max_tokens',
      'stop',
      'stream',
      'stream_options',
      'n',
      'tools',
      'seed',
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), fc.dictionary(field, fc.jsonValue()), expectNoFailure),
      RUNS,
    );
  });

  it('answers any bytes with anything but a 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), fc.uint8Array({ maxLength: 200 }), async (path, bytes) => {
        const response = await gateway.send(path, post(bytes));
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
      }),
      RUNS,
    );
  });

  async function expectNoFailure(path: string, value: unknown): Promise<void> {
    const response = await gateway.send(path, jsonCall(key, JSON.stringify(value)));
    expect(response.status).toBeLessThan(500);
    if (response.status !== 200) expect(await response.json()).toHaveProperty('error');
  }
});
