// The check at a credential's end: HMAC-SHA-256 under the gateway's key-check secret, truncated to 8 base62 characters.
// It lets the gateway refuse mistyped and invented keys with no I/O. It is not what makes a key valid. Two secrets may be
// current at once (an overlap pair), so that the key-check secret itself can be rotated.
import { encodeBase62 } from './base62.ts';
import {
  CREDENTIAL_CHECK_LENGTH,
  parseCredential,
  randomCredentialBody,
  type Credential,
  type CredentialKind,
} from './credential.ts';
import { equalInConstantTime } from './equal-in-constant-time.ts';

/** The platform's key type, named in a way that both runtimes' type definitions know. */
type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Imported key-check secrets: the first signs new credentials, each of them verifies. */
export type CheckKeys = readonly [CryptoKey, ...CryptoKey[]];

/** A key-check secret shorter than this many characters (base64url of 32 bytes) is refused. */
export const MIN_CHECK_SECRET_LENGTH = 43;

const encoder = new TextEncoder();

/** Imports the key-check secrets, the current one first. Throws a RangeError for a secret that is too short. */
export async function importCheckKeys(current: string, previous?: string): Promise<CheckKeys> {
  const first = await importSecret(current);
  return previous === undefined ? [first] : [first, await importSecret(previous)];
}

/** True when the credential's check was made under one of the keys. Compares in constant time for each key. */
export async function verifyCheck(credential: Credential, keys: CheckKeys): Promise<boolean> {
  let holds = false;
  for (const key of keys)
    holds = equalInConstantTime(await computeCheck(credential.body, key), credential.check) || holds;
  return holds;
}

/** Makes a new credential for an id. The result's `text` is shown to its owner once and never stored. */
export async function mintCredential(kind: CredentialKind, id: string, keys: CheckKeys): Promise<Credential> {
  const body = randomCredentialBody(kind, id);
  const credential = parseCredential(body + (await computeCheck(body, keys[0])));
  if (credential === null) throw new Error('mintCredential: the id is not 16 base62 characters');
  return credential;
}

async function importSecret(secret: string): Promise<CryptoKey> {
  if (secret.length < MIN_CHECK_SECRET_LENGTH) {
    throw new RangeError(`the key-check secret must have at least ${MIN_CHECK_SECRET_LENGTH} characters`);
  }
  return crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

async function computeCheck(body: string, key: CryptoKey): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(body));
  return encodeBase62(new Uint8Array(mac), CREDENTIAL_CHECK_LENGTH);
}
