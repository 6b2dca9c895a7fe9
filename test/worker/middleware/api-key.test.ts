// Whoever has no valid key gets the very same answer, whatever is wrong with it and whatever else is wrong with the request.
import { beforeAll, describe, expect, it } from 'vitest';
import { readPresentedKey } from '../../../worker/src/middleware/require-api-key.ts';
import { callAdmin } from '../admin-api.ts';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';

let gateway: TestGateway;
let key: string;
let revoked: string;

beforeAll(async () => {
  gateway = testGateway({ NODE_ORIGIN: (await testNode()).origin });
  ({ key } = await makeKey());
  const other = await makeKey();
  revoked = other.key;
  const answer = await callAdmin('POST', `/admin/keys/${other.id}/revoke`);
  expect(answer.status).toBe(200);
});

function withHeaders(headers: Record<string, string>, body: unknown = chat('echo')): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** Everything of an answer that a client can compare. */
async function visible(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
  return { status: response.status, headers, body: await response.text() };
}

describe('happy', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER abc', 'Bearer   abc'])('takes "%s"', (authorization) => {
    expect(readPresentedKey(new Headers({ authorization }))).toStrictEqual({ ok: true, key: 'abc' });
  });

  it('takes the same key in both headers', async () => {
    const response = await gateway.send(CHAT, withHeaders({ authorization: `Bearer ${key}`, 'x-api-key': key }));
    expect(response.status).toBe(200);
  });
});

describe('security', () => {
  it('answers every kind of bad key with the very same 401', async () => {
    const typo = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
    const attempts: Record<string, Record<string, string>> = {
      'no key': {},
      'an empty key': { 'x-api-key': '' },
      malformed: { authorization: 'Bearer sk-abc' },
      'a typo': { authorization: `Bearer ${typo}` },
      'another scheme': { authorization: `Basic ${btoa(`x:${key}`)}` },
      'no scheme': { authorization: key },
      revoked: { authorization: `Bearer ${revoked}` },
      'two different keys': { authorization: `Bearer ${key}`, 'x-api-key': revoked },
      'a long one': { authorization: `Bearer ${'a'.repeat(100_000)}` },
    };
    const answers = new Map<string, unknown>();
    for (const [what, headers] of Object.entries(attempts)) {
      answers.set(what, await visible(await gateway.send(CHAT, withHeaders(headers))));
    }
    const expected = answers.get('no key');
    expect(expected).toMatchObject({ status: 401 });
    for (const [what, answer] of answers) expect(answer, what).toStrictEqual(expected);
  });

  it('tells a revoked key nothing about its body, its model or the node', async () => {
    const away = await testNode();
    await away.kill();
    const offline = testGateway({ NODE_ORIGIN: away.origin });
    const expected = await visible(await gateway.send(CHAT, withHeaders({})));
    const bodies = [
      '{"model":',
      '[]',
      JSON.stringify(chat('nothing')),
      JSON.stringify({ model: 'echo', messages: [] }),
    ];
    for (const body of bodies) {
      expect(await visible(await gateway.send(CHAT, jsonCall(revoked, body)))).toStrictEqual(expected);
      expect(await visible(await offline.send(CHAT, jsonCall(revoked, body)))).toStrictEqual(expected);
    }
    const foreign = {
      method: 'POST',
      headers: { authorization: `Bearer ${revoked}`, 'content-type': 'text/plain' },
      body: 'x',
    };
    expect(await visible(await gateway.send(CHAT, foreign))).toStrictEqual(expected);
  });

  it('never lets a call of a bad key reach the node', async () => {
    const node = await testNode();
    const own = testGateway({ NODE_ORIGIN: node.origin });
    await own.send(CHAT, jsonCall(revoked, chat('echo')));
    await own.send(CHAT, jsonCall('hk_nonsense', chat('echo')));
    expect((await node.events()).filter(({ path }) => path === CHAT)).toStrictEqual([]);
  });

  it('says why in the record, and never the key', async () => {
    await gateway.send(CHAT, withHeaders({}));
    expect(gateway.records.at(-1)).toMatchObject({ status: 401, error: 'invalid_api_key', reason: 'no_key' });
    await gateway.send(CHAT, jsonCall(revoked, chat('echo')));
    expect(gateway.records.at(-1)).toMatchObject({ status: 401, reason: 'key_revoked', keyId: revoked.slice(3, 19) });
    expect(JSON.stringify(gateway.records)).not.toContain(revoked.slice(20));
  });
});
