// The main path through the gateway: key in, signed call out, answer back.
import { beforeAll, describe, expect, it } from 'vitest';
import { formatSseData, SseDataParser } from '../../../protocol/inference/server-sent-events.ts';
import { callAdmin, createKey } from '../admin-api.ts';
import {
  chat,
  fetchGateway,
  jsonCall,
  makeKey,
  testGateway,
  testNode,
  type TestGateway,
  type TestNode,
} from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';

let apiKey: { id: string; key: string; user_id: string };
let node: TestNode;
let gateway: TestGateway;

beforeAll(async () => {
  apiKey = await makeKey();
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
});

async function forwarded(body: object, key = apiKey.key): Promise<Record<string, unknown>> {
  const response = await gateway.send(CHAT, jsonCall(key, body));
  expect(response.status).toBe(200);
  const callId = response.headers.get('x-hearthkey-call-id') ?? '';
  return JSON.parse((await node.waitFor('call', { callId })).body ?? '') as Record<string, unknown>;
}

describe('happy', () => {
  it('answers with what the node answered', async () => {
    const response = await fetchGateway(CHAT, jsonCall(apiKey.key, chat('echo', 'hello there')));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'hello there' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 7 },
    });
  });

  it('takes the key from x-api-key as well', async () => {
    const headers = { 'x-api-key': apiKey.key, 'content-type': 'application/json; charset=utf-8' };
    expect((await gateway.send(CHAT, { method: 'POST', headers, body: JSON.stringify(chat('echo')) })).status).toBe(
      200,
    );
  });

  it('streams the events of the node unchanged', async () => {
    const response = await fetchGateway(CHAT, jsonCall(apiKey.key, chat('echo', 'a b', { stream: true })));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = await response.text();
    expect(new SseDataParser().push(text)).toHaveLength(3);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(formatSseData('x')).toBe('data: "x"\n\n');
  });

  it("sends the model's default as max_tokens when the caller gave none", async () => {
    expect(await forwarded(chat('echo'))).toMatchObject({ max_tokens: 64 });
    expect(await forwarded(chat('echo', 'x', { max_tokens: 5 }))).toMatchObject({ max_tokens: 5 });
    expect(await forwarded(chat('echo', 'x', { max_completion_tokens: 6 }))).toMatchObject({ max_tokens: 6 });
  });

  it('shares what the key may generate in one call among its choices', async () => {
    const { key } = await createKey(apiKey.user_id, { limits: { max_tokens_per_call: 90 } });
    expect(await forwarded(chat('echo', 'x', { n: 3 }), key)).toMatchObject({ n: 3, max_tokens: 30 });
    const tooMany = await gateway.send(CHAT, jsonCall(key, chat('echo', 'x', { n: 3, max_tokens: 31 })));
    expect(tooMany.status).toBe(400);
  });

  it('sends plain contents and only the fields that matter', async () => {
    const body = {
      model: 'echo',
      messages: [
        { role: 'system', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
      temperature: 0.5,
      stop: 'x',
      seed: 7,
      top_p: null,
      user: 'somebody',
      metadata: { a: 'b' },
      store: false,
    };
    expect(await forwarded(body)).toStrictEqual({
      model: 'echo',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'ab' },
      ],
      temperature: 0.5,
      stop: ['x'],
      seed: 7,
      max_tokens: 64,
      stream: false,
    });
  });

  it('follows a node that was restarted, within the same call', async () => {
    const restarted = await testNode();
    const own = testGateway({ NODE_ORIGIN: restarted.origin });
    expect((await own.send(CHAT, jsonCall(apiKey.key, chat('echo')))).status).toBe(200);
    await restarted.reboot();
    expect((await own.send(CHAT, jsonCall(apiKey.key, chat('echo')))).status).toBe(200);
    expect((await restarted.events()).filter(({ reason }) => reason === 'other_boot')).toHaveLength(1);
  });
});

describe('security', () => {
  it('sends the node an allow-list of headers, never the key', async () => {
    const headers = {
      authorization: `Bearer ${apiKey.key}`,
      'content-type': 'application/json',
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
      'openai-organization': 'x',
      'x-request-id': 'mine',
    };
    const response = await gateway.send(CHAT, { method: 'POST', headers, body: JSON.stringify(chat('echo')) });
    const callId = response.headers.get('x-hearthkey-call-id') ?? '';
    const event = await node.waitFor('call', { callId });
    const { authorization, 'x-request-id': requestId, ...rest } = event.headers ?? {};
    expect(JSON.stringify(event)).not.toContain(apiKey.key);
    expect(authorization).toMatch(/^Bearer ey/);
    expect(requestId).toBe(response.headers.get('x-request-id'));
    expect(
      Object.keys(rest)
        .filter((name) => !TRANSPORT_HEADERS.has(name))
        .sort(),
    ).toStrictEqual(['accept', 'content-type']);
  });

  it('names account, key and call in the signed claims', async () => {
    const response = await gateway.send(CHAT, jsonCall(apiKey.key, chat('echo')));
    const callId = response.headers.get('x-hearthkey-call-id') ?? '';
    const { claims } = await node.waitFor('call', { callId });
    expect(claims).toMatchObject({ sub: apiKey.user_id, key: apiKey.id, call: callId, att: 1, htm: 'POST', htu: CHAT });
  });

  it('tells the node how urgent the key’s calls are, from the call after a change on', async () => {
    const { id, key } = await createKey(apiKey.user_id, { priority: 'high' });
    const told = async (): Promise<string | undefined> => {
      const response = await gateway.send(CHAT, jsonCall(key, chat('echo')));
      const callId = response.headers.get('x-hearthkey-call-id') ?? '';
      return (await node.waitFor('call', { callId })).claims?.pri;
    };
    expect(await told()).toBe('high');
    await callAdmin('PATCH', `/admin/keys/${id}`, { priority: 'low' });
    expect(await told()).toBe('low');
  });

  it('passes none of the other headers of the node to the client', async () => {
    const response = await gateway.send(CHAT, jsonCall(apiKey.key, chat('echo')));
    const names = [...response.headers.keys()];
    expect(names).not.toContain('x-secret-of-the-node');
    expect(names.filter((name) => name.startsWith('x-hearthkey-'))).toStrictEqual(['x-hearthkey-call-id']);
  });
});

/** What the transport itself adds. */
const TRANSPORT_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'cf-worker',
  'cf-ew-via',
  'cdn-loop',
  'user-agent',
  'sec-fetch-mode',
  'accept-language',
  'cf-connecting-ip',
  'mf-original-hostname',
  'mf-original-url',
  'mf-cf-blob',
]);
