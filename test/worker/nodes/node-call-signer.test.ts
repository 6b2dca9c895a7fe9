// The token that is assembled by hand is the token that jose would make; what nodes verify it by is published.
import { decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { EMPTY_BODY_DIGEST, NODE_CALL_ISSUER, type NodeCallClaims } from '../../../protocol/node/node-call-token.ts';
import { LINK_PATH, linkHelloSchema } from '../../../protocol/node/node-link.ts';
import { JWKS_PATH } from '../../../protocol/node/node-signing-key.ts';
import { gatewayKeySetSchema } from '../../../worker/src/routes/gateway-keys.ts';
import { callAdmin } from '../admin-api.ts';
import { testGateway } from '../test-gateway.ts';
import { signNodeCall } from '../../../worker/src/nodes/node-call-signer.ts';
import { TEST_NODE_SIGNING_KEY } from '../test-bindings.ts';

const CLAIMS = {
  iss: NODE_CALL_ISSUER,
  aud: 'home',
  iat: 1_795_000_000,
  exp: 1_795_000_030,
  jti: 'one-use',
  htm: 'GET' as const,
  htu: '/_node/journal?call_id=call_7Qa1Zk3mN8sRw2pX',
  bdy: EMPTY_BODY_DIGEST,
  cty: '',
} satisfies NodeCallClaims;

describe('happy', () => {
  it('is what jose signs, to the byte', async () => {
    const header = { alg: 'EdDSA', kid: TEST_NODE_SIGNING_KEY.kid, typ: 'JWT' };
    const key = await importJWK(TEST_NODE_SIGNING_KEY, 'EdDSA');
    const expected = await new SignJWT({ ...CLAIMS }).setProtectedHeader(header).sign(key);
    expect(await signNodeCall(TEST_NODE_SIGNING_KEY, CLAIMS)).toBe(expected);
  });

  it('verifies by the public half', async () => {
    const { kty, crv, x } = TEST_NODE_SIGNING_KEY;
    const token = await signNodeCall(TEST_NODE_SIGNING_KEY, CLAIMS);
    const options = { algorithms: ['EdDSA'], currentDate: new Date(CLAIMS.iat * 1000) };
    const { payload } = await jwtVerify(token, await importJWK({ kty, crv, x }, 'EdDSA'), options);
    expect(payload).toStrictEqual(CLAIMS);
    expect(decodeProtectedHeader(token)).toStrictEqual({ alg: 'EdDSA', kid: 'test', typ: 'JWT' });
  });
});

describe('the key set', () => {
  const OTHER = { ...TEST_NODE_SIGNING_KEY, kid: 'next', x: 'N'.repeat(43), d: undefined };
  const PUBLIC = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' };

  async function keysOf(settings: Partial<Record<string, unknown>>) {
    const response = await testGateway(settings).send(JWKS_PATH);
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const text = await response.text();
    expect(text).not.toContain('"d"');
    expect(text).not.toContain(TEST_NODE_SIGNING_KEY.d);
    return gatewayKeySetSchema.parse(JSON.parse(text)).keys;
  }

  it('is published without a private half, the key that signs first, once', async () => {
    const { kid, x } = TEST_NODE_SIGNING_KEY;
    expect(await keysOf({})).toStrictEqual([{ ...PUBLIC, kid, x }]);
    const beside = JSON.stringify({ keys: [OTHER, { ...TEST_NODE_SIGNING_KEY, d: undefined, x: 'S'.repeat(43) }] });
    expect(await keysOf({ NODE_PUBLIC_KEYS: beside })).toStrictEqual([
      { ...PUBLIC, kid, x },
      { ...PUBLIC, kid: 'next', x: OTHER.x },
    ]);
  });

  it('is what a node is told that dials in', async () => {
    const id = 'key-set';
    const made = await (await callAdmin('POST', '/admin/nodes', { id })).json<{ token: string }>();
    const { send } = testGateway({ NODE_PUBLIC_KEYS: JSON.stringify({ keys: [OTHER] }) });
    const hello = await send(LINK_PATH, { headers: { authorization: `Bearer ${made.token}` } });
    expect(linkHelloSchema.parse(await hello.json()).jwks.keys.map(({ kid }) => kid)).toEqual(['test', 'next']);
  });

  it.each(['{"keys":[]', '[]', JSON.stringify({ keys: [TEST_NODE_SIGNING_KEY] })])(
    'that the deployment names as %s is refused, and not quoted',
    (text) => {
      const start = () => testGateway({ NODE_PUBLIC_KEYS: text });
      expect(start).toThrow('NODE_PUBLIC_KEYS');
      expect(start).not.toThrow(TEST_NODE_SIGNING_KEY.d);
    },
  );
});

describe('error', () => {
  it('rejects a key that is none', async () => {
    const broken = { ...TEST_NODE_SIGNING_KEY, d: '!'.repeat(43) };
    await expect(signNodeCall(broken, CLAIMS)).rejects.toThrow();
  });
});
