// The access rule of API routes: whose key is this? Identity only: whether the key may make this call is the Account
// object's to say (admit), on every call. Every way of having no good key gets the very same 401; the log knows why.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { identifyKey } from '../keys/identify-key.ts';
import { readKey, type ReadKeyResult } from '../keys/read-key.ts';
import type { GatewayContext } from './gateway-context.ts';

export type ApiKeyIdentity = {
  keyId: string;
  accountId: string;
  /** SHA-256 of the presented key, base64url. */
  secretDigest: string;
  /** The client's address; null: nobody is believed about it. */
  address: string | null;
};

/** RFC 7235: the scheme is case-insensitive, one or more spaces follow. */
const BEARER = /^bearer +([^ ]+)$/i;
/** A key has 71 characters; nothing much longer is worth a regular expression. */
const MAX_AUTHORIZATION_LENGTH = 512;

/**
 * Resolves to the identity behind `Authorization: Bearer` or `x-api-key`. Throws `invalid_api_key` otherwise, or
 * `rate_limit_exceeded` after too many such from one address.
 */
export async function requireApiKey(context: GatewayContext): Promise<ApiKeyIdentity> {
  const key = await readKeyOf(context.req.raw.headers);
  context.get('attempt').begin('api-key', key.ok ? key.secretDigest : null);
  if (!key.ok) throw new ApiError('invalid_api_key', { reason: key.reason });
  const identified = await identifyKey(key, context.env, context.get('config'));
  if (!identified.ok) throw new ApiError('invalid_api_key', { reason: identified.reason });
  const { keyId, accountId, secretDigest } = identified;
  const record = context.get('record');
  Object.assign(record, { keyId, accountId });
  return { keyId, accountId, secretDigest, address: record.clientAddress ?? null };
}

type NoKey = { ok: false; reason: 'no_key' | 'not_bearer' | 'two_keys' };

async function readKeyOf(headers: Headers): Promise<ReadKeyResult | NoKey> {
  const presented = readPresentedKey(headers);
  return presented.ok ? readKey(presented.key) : presented;
}

type PresentedKey = { ok: true; key: string } | NoKey;

/** Takes the key from either header; both there and different means that somebody is confused: refused. */
export function readPresentedKey(headers: Headers): PresentedKey {
  const authorization = headers.get('authorization');
  const apiKey = headers.get('x-api-key');
  if (authorization === null) return apiKey === null ? { ok: false, reason: 'no_key' } : { ok: true, key: apiKey };
  const bearer = authorization.length > MAX_AUTHORIZATION_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
  if (bearer === undefined) return { ok: false, reason: 'not_bearer' };
  if (apiKey !== null && apiKey !== bearer) return { ok: false, reason: 'two_keys' };
  return { ok: true, key: bearer };
}
