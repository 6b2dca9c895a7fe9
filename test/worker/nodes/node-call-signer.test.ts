// The token that is assembled by hand is the token that jose would make.
import { decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { EMPTY_BODY_DIGEST, NODE_CALL_ISSUER, type NodeCallClaims } from '../../../protocol/node/node-call-token.ts';
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

describe('error', () => {
  it('rejects a key that is none', async () => {
    const broken = { ...TEST_NODE_SIGNING_KEY, d: '!'.repeat(43) };
    await expect(signNodeCall(broken, CLAIMS)).rejects.toThrow();
  });
});
