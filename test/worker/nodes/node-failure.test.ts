// What becomes of every way in which a node can fail: a code of ours, the right status, and nothing of the node's own words
// but for the few codes that a client may see.
import { beforeAll, describe, expect, it } from 'vitest';
import { readRetryAfter } from '../../../worker/src/nodes/node-failure.ts';
import { chat, jsonCall, makeKey, testGateway, testNode, type TestGateway, type TestNode } from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';

let node: TestNode;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
  ({ key } = await makeKey());
});

async function call(model: string, from: TestGateway = gateway, more: object = {}) {
  const response = await from.send(CHAT, jsonCall(key, chat(model, 'x', more)));
  const text = await response.text();
  expect(text).not.toContain('secret of the upstream');
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...(JSON.parse(text) as object) };
}

describe('error', () => {
  it.each([
    ['fails-without-shape', 502, 'node_error'],
    ['fails-with-foreign-code', 502, 'node_error'],
    ['fails-with-signature', 502, 'node_error'],
    ['fails-endlessly', 502, 'node_error'],
    ['redirects', 502, 'node_error'],
    ['answers-html', 502, 'node_error'],
    ['breaks-before-headers', 503, 'node_offline'],
  ])('answers to a node that %s with %d %s', async (model, status, code) => {
    expect(await call(model)).toMatchObject({ status, error: { code }, retryAfter: '2' });
  });

  it('says the reason to the log', async () => {
    await call('fails-with-foreign-code');
    expect(gateway.records.at(-1)?.reason).toBe('the node answered 400 some_foreign_code');
  });

  it('passes on what a client can act on, with our status and its sentence', async () => {
    expect(await call('queue-full')).toMatchObject({
      status: 503,
      retryAfter: '7',
      error: { code: 'queue_full', message: 'Seven calls are waiting.', type: 'server_error' },
    });
    expect(await call('too-long')).toMatchObject({
      status: 400,
      retryAfter: null,
      error: { code: 'context_length_exceeded', param: 'messages' },
    });
  });

  it('bounds a wait that no client would sit through', async () => {
    expect(await call('waits-for-ages')).toMatchObject({ status: 503, retryAfter: '300' });
    const waits = ['0', '5', '301', '-1', '1e9', 'soon', ''].map((value) =>
      readRetryAfter(new Headers({ 'retry-after': value })),
    );
    expect(waits).toStrictEqual([1, 5, 300, null, null, null, null]);
  });

  it('answers 504 when the headers do not come in time', async () => {
    const impatient = testGateway({ NODE_ORIGIN: node.origin, NODE_TIMEOUT_SECONDS: '3' });
    expect(await call('silent-before-headers', impatient, { stream: true })).toMatchObject({
      status: 504,
      error: { code: 'node_timeout' },
    });
  });

  it('answers 503 when nobody listens at the origin', async () => {
    const away = await testNode();
    const own = testGateway({ NODE_ORIGIN: away.origin });
    expect(await call('echo', own)).toMatchObject({ status: 200 });
    await away.kill();
    expect(await call('echo', own)).toMatchObject({ status: 503, error: { code: 'node_offline' }, retryAfter: '2' });
    expect(await call('echo', own, { stream: true })).toMatchObject({ status: 503, error: { code: 'node_offline' } });
  });

  it('answers 502 to a node with another id', async () => {
    const own = testGateway({ NODE_ORIGIN: node.origin, NODE_ID: 'other' });
    expect(await call('echo', own)).toMatchObject({ status: 502, error: { code: 'node_error' } });
  });
});

describe('security', () => {
  it('cannot use a node that does not know its signing key', async () => {
    const { privateKey } = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair;
    const foreign = JSON.stringify({ ...((await crypto.subtle.exportKey('jwk', privateKey)) as object), kid: 'test' });
    const own = testGateway({ NODE_ORIGIN: node.origin, NODE_SIGNING_KEY: foreign });
    expect(await call('echo', own)).toMatchObject({ status: 502, error: { code: 'node_error' } });
    await node.waitFor('refused');
  });
});
