// From the Authorization header to the digest of an admin or node token, without saying whose it is. Invented and mistyped tokens
// end here, before any object is asked.
import { verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import { parseCredential, type Credential, type CredentialKind } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { checkKeysOf, type KeyCheckSecrets } from '../keys/check-keys.ts';

/** RFC 7235: the scheme is case-insensitive, one or more spaces follow. The token's length is bounded by its form. */
const BEARER = /^bearer +(\S+)$/i;
/** `Bearer ` and a token of 72 characters; nothing much longer is worth a regular expression. */
const MAX_AUTHORIZATION_LENGTH = 512;

type NoToken = { ok: false; reason: 'no_token' | 'not_bearer' | 'malformed' | 'another_kind' | 'bad_check' };
export type PresentedToken = { ok: true; digest: string } | NoToken;

/**
 * The digest (SHA-256, base64url) of a well-formed token of this kind whose check holds. `begin` is told what was presented before
 * any secret is used for it (null: it has not the form of such a token), and may throw.
 */
export async function bearerDigest(
  kind: Exclude<CredentialKind, 'api-key'>,
  headers: Headers,
  secrets: KeyCheckSecrets,
  begin?: (digest: string | null) => void,
): Promise<PresentedToken> {
  const token = readToken(kind, headers);
  if (!token.ok) {
    begin?.(null);
    return token;
  }
  const digest = await sha256(token.credential.text);
  begin?.(digest);
  if (!(await verifyCheck(token.credential, await checkKeysOf(secrets)))) return { ok: false, reason: 'bad_check' };
  return { ok: true, digest };
}

function readToken(kind: CredentialKind, headers: Headers): { ok: true; credential: Credential } | NoToken {
  const authorization = headers.get('authorization');
  if (authorization === null) return { ok: false, reason: 'no_token' };
  const token = authorization.length > MAX_AUTHORIZATION_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined) return { ok: false, reason: 'not_bearer' };
  const credential = parseCredential(token);
  if (credential === null) return { ok: false, reason: 'malformed' };
  return credential.kind === kind ? { ok: true, credential } : { ok: false, reason: 'another_kind' };
}
