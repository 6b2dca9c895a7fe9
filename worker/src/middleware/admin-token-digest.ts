// From the Authorization header to the digest of an admin token, without saying whose it is. Invented and mistyped tokens end
// here, before any object is asked.
import { verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import { parseCredential } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { checkKeysOf, type KeyCheckSecrets } from '../keys/check-keys.ts';

/** RFC 7235: the scheme is case-insensitive, one or more spaces follow. The token's length is bounded by its form. */
const BEARER = /^bearer +(\S+)$/i;
/** `Bearer ` and a token of 72 characters; nothing much longer is worth a regular expression. */
const MAX_AUTHORIZATION_LENGTH = 512;

export type PresentedAdminToken =
  | { ok: true; digest: string }
  | { ok: false; reason: 'no_token' | 'not_bearer' | 'malformed' | 'not_an_admin_token' | 'bad_check' };

/** The digest (SHA-256, base64url) of a well-formed admin token whose check holds. */
export async function adminTokenDigest(headers: Headers, secrets: KeyCheckSecrets): Promise<PresentedAdminToken> {
  const authorization = headers.get('authorization');
  if (authorization === null) return { ok: false, reason: 'no_token' };
  const token = authorization.length > MAX_AUTHORIZATION_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined) return { ok: false, reason: 'not_bearer' };
  const credential = parseCredential(token);
  if (credential === null) return { ok: false, reason: 'malformed' };
  if (credential.kind !== 'admin-token') return { ok: false, reason: 'not_an_admin_token' };
  if (!(await verifyCheck(credential, await checkKeysOf(secrets)))) return { ok: false, reason: 'bad_check' };
  return { ok: true, digest: await sha256(credential.text) };
}
