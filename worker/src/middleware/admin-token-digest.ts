// From the Authorization header to the digest of an admin token, without saying whose it is. Invented and mistyped tokens end
// here, before any object is asked.
import { verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import { parseCredential, type Credential } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { checkKeysOf, type KeyCheckSecrets } from '../keys/check-keys.ts';

/** RFC 7235: the scheme is case-insensitive, one or more spaces follow. The token's length is bounded by its form. */
const BEARER = /^bearer +(\S+)$/i;
/** `Bearer ` and a token of 72 characters; nothing much longer is worth a regular expression. */
const MAX_AUTHORIZATION_LENGTH = 512;

type NoAdminToken = { ok: false; reason: 'no_token' | 'not_bearer' | 'malformed' | 'not_an_admin_token' | 'bad_check' };
export type PresentedAdminToken = { ok: true; digest: string } | NoAdminToken;

/**
 * The digest (SHA-256, base64url) of a well-formed admin token whose check holds. `begin` is told what was presented before any
 * secret is used for it (null: it has not the form of an admin token), and may throw.
 */
export async function adminTokenDigest(
  headers: Headers,
  secrets: KeyCheckSecrets,
  begin?: (digest: string | null) => void,
): Promise<PresentedAdminToken> {
  const token = readAdminToken(headers);
  if (!token.ok) {
    begin?.(null);
    return token;
  }
  const digest = await sha256(token.credential.text);
  begin?.(digest);
  if (!(await verifyCheck(token.credential, await checkKeysOf(secrets)))) return { ok: false, reason: 'bad_check' };
  return { ok: true, digest };
}

function readAdminToken(headers: Headers): { ok: true; credential: Credential } | NoAdminToken {
  const authorization = headers.get('authorization');
  if (authorization === null) return { ok: false, reason: 'no_token' };
  const token = authorization.length > MAX_AUTHORIZATION_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined) return { ok: false, reason: 'not_bearer' };
  const credential = parseCredential(token);
  if (credential === null) return { ok: false, reason: 'malformed' };
  return credential.kind === 'admin-token' ? { ok: true, credential } : { ok: false, reason: 'not_an_admin_token' };
}
