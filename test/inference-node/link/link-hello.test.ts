// What a gateway, or whoever stands in its place, answers before the link: which of it is final, and what the operator is told.
import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askForHello } from '../../../inference-node/link/link-hello.ts';
import { LinkKeys } from '../../../inference-node/link/link-keys.ts';
import type { LinkTarget } from '../../../inference-node/config/link-target.ts';
import { NODE_PROTOCOL_VERSION } from '../../../protocol/node/protocol-version.ts';
import { killServer, listenOnLoopback } from '../../loopback-node/loopback-server.ts';

const KEY = { kty: 'OKP', crv: 'Ed25519', kid: 'k', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const HELLO = { object: 'node_link', node_id: 'gpu', protocol_version: NODE_PROTOCOL_VERSION, jwks: { keys: [KEY] } };

type Answer = (response: ServerResponse) => void;

async function gateway(answer: Answer): Promise<LinkTarget & { asked: (string | undefined)[] }> {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    answer(response);
  });
  onTestFinished(() => killServer(server));
  return { gateway: await listenOnLoopback(server), token: 'hkn_token', asked };
}

const json =
  (status: number, value: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };

test('the gateway says whose the token is, and with which keys it signs', async () => {
  const target = await gateway(json(200, HELLO));
  expect(await askForHello(target)).toMatchObject({
    ok: true,
    hello: { nodeId: 'gpu', keySet: { keys: [{ kid: 'k' }] } },
  });
  expect(target.asked).toEqual(['Bearer hkn_token']);
});

test('a gateway that is a release ahead, and still speaks what this node does, is taken', async () => {
  const ahead = {
    ...HELLO,
    protocol_version: NODE_PROTOCOL_VERSION + 1,
    oldest_protocol_version: NODE_PROTOCOL_VERSION,
    a_field_of_then: true,
  };
  expect(await askForHello(await gateway(json(200, ahead)))).toMatchObject({ ok: true });
});

describe('final is', () => {
  test('that the gateway does not accept the token', async () => {
    const refusal = await askForHello(await gateway(json(401, { error: { code: 'invalid_node_token' } })));
    expect(refusal).toMatchObject({ ok: false, final: true });
  });

  test('that it speaks newer protocols alone: this node is too old', async () => {
    const newer = { ...HELLO, protocol_version: NODE_PROTOCOL_VERSION + 1 };
    const other = await askForHello(await gateway(json(200, newer)));
    expect(other).toMatchObject({
      ok: false,
      final: true,
      problem: expect.stringContaining('update the node') as unknown,
    });
  });
});

describe('not final is', () => {
  test.each<[string, Answer]>([
    ['a 401 of somebody in between', json(401, { message: 'log in to the hotel' })],
    ['a flood of bad tokens', json(429, { error: { code: 'rate_limit_exceeded' } })],
    ['a page', (response) => response.end('<html>')],
    ['an answer without end', (response) => response.end('x'.repeat(1_000_000))],
    ['keys that are none', json(200, { ...HELLO, jwks: { keys: [{ ...KEY, crv: 'X25519' }] } })],
    ['a private key', json(200, { ...HELLO, jwks: { keys: [{ ...KEY, d: KEY.x }] } })],
    ['a broken connection', (response) => response.destroy()],
  ])('%s', async (_what, answer) => {
    expect(await askForHello(await gateway(answer))).toMatchObject({ ok: false, final: false });
  });

  test('a redirect; the token does not follow it', async () => {
    const elsewhere = await gateway(json(200, HELLO));
    const target = await gateway((response) => {
      response.writeHead(307, { location: `${elsewhere.gateway}/_node/link` });
      response.end();
    });
    expect(await askForHello(target)).toMatchObject({ ok: false, final: false });
    expect(elsewhere.asked).toEqual([]);
  });
});

test('keys are asked for anew only when a call names one that is not known', async () => {
  const target = await gateway(json(200, HELLO));
  const keys = new LinkKeys(target);
  expect(await keys.readIfChanged('any')).toBeNull();
  expect(target.asked).toEqual([]);
  expect(await keys.readIfChanged('unknown')).toMatchObject({ ok: true, keySet: { keys: [{ kid: 'k' }] } });
  expect(target.asked).toHaveLength(1);
});
