// The gateway's side in tests: a signing key, its JWKS, and signed calls in which each claim can be bent.
import { hash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { parseGatewayKeySet, type GatewayKeySet } from '../../../inference-node/config/gateway-key-set.ts';
import { mintCallId } from '../../../protocol/request-id.ts';

export type Claims = Record<string, unknown>;
export type SignedCall = {
  path: string;
  method?: string;
  body?: string | Uint8Array<ArrayBuffer>;
  contentType?: string;
  claims?: Claims;
};

export const ACCOUNT = 'acc00001';
export const KEY_ID = 'acc00001key00001';

export class GatewaySigner {
  readonly jwk: object;
  readonly keySet: GatewayKeySet;
  readonly privateKey: CryptoKey;
  readonly kid: string;
  /** The node's boot id, once known; calls carry it. */
  bootId: string | undefined;

  constructor(jwk: object, privateKey: CryptoKey, kid: string) {
    this.jwk = jwk;
    this.keySet = parseKeySet([jwk]);
    this.privateKey = privateKey;
    this.kid = kid;
  }

  static async create(kid = 'test-key'): Promise<GatewaySigner> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    return new GatewaySigner({ ...(await exportJWK(publicKey)), kid }, privateKey, kid);
  }

  /** The claims of a call as the gateway makes them; undefined values take a claim away. */
  claims({ path, method, body, contentType, claims }: SignedCall): Claims {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: 'hearthkey-gateway',
      aud: 'home',
      sub: ACCOUNT,
      iat: now,
      exp: now + 30,
      jti: randomUUID(),
      htm: method ?? (body === undefined ? 'GET' : 'POST'),
      htu: path,
      bdy: hash('sha256', body ?? '', 'base64url'),
      cty: contentType ?? (body === undefined ? '' : 'application/json'),
      boot: this.bootId,
      call: mintCallId(),
      att: 1,
      key: KEY_ID,
      ...claims,
    };
  }

  async token(claims: Claims): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: this.kid }).sign(this.privateKey);
  }

  /** Headers of a signed call. */
  async headers(call: SignedCall): Promise<Record<string, string>> {
    const type = call.contentType ?? (call.body === undefined ? undefined : 'application/json');
    return {
      authorization: `Bearer ${await this.token(this.claims(call))}`,
      ...(type === undefined ? {} : { 'content-type': type }),
    };
  }
}

export function parseKeySet(keys: object[]): GatewayKeySet {
  const parsed = parseGatewayKeySet(JSON.stringify({ keys }));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keySet;
}
