// The one format of every credential: API keys `hk_`, node tokens `hkn_`, admin tokens `hka_`.
// PREFIX + id(16) + "_" + secret(43) + check(8), base62 in fixed widths. The first 8 characters of an API key's id name
// its account. Parsing looks at the form only; whether the check holds is credential-check.ts's, whether it is valid
// the Account object's.
import { encodeBase62, randomBase62 } from './base62.ts';

export type CredentialKind = 'api-key' | 'node-token' | 'admin-token';

/** A well-formed credential, cut into its fields. `text` is the whole, and a secret: never log it. */
export type Credential = {
  kind: CredentialKind;
  /** 16 base62 characters; public. */
  id: string;
  /** Everything before the check: what the check is computed over. Secret. */
  body: string;
  /** 8 base62 characters. */
  check: string;
  text: string;
};

export const CREDENTIAL_PREFIX = {
  'api-key': 'hk_',
  'node-token': 'hkn_',
  'admin-token': 'hka_',
} as const satisfies Record<CredentialKind, string>;

export const CREDENTIAL_ID_LENGTH = 16;
/** How much of an API key's id names the account. */
export const ACCOUNT_ID_LENGTH = 8;
/** 62^43 > 2^256: room for 32 random bytes. */
export const CREDENTIAL_SECRET_LENGTH = 43;
export const CREDENTIAL_CHECK_LENGTH = 8;
const SECRET_BYTES = 32;

const FORM = /^(hk|hkn|hka)_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{8})$/;
/** The longest credential, `hkn_`/`hka_`: anything longer is refused before a regular expression sees it. */
const MAX_LENGTH = 4 + CREDENTIAL_ID_LENGTH + 1 + CREDENTIAL_SECRET_LENGTH + CREDENTIAL_CHECK_LENGTH;
const KIND_BY_PREFIX: Readonly<Record<string, CredentialKind>> = {
  hk: 'api-key',
  hkn: 'node-token',
  hka: 'admin-token',
};

/** Cuts a presented text into the fields of a credential, or null when it has not the form of one. No I/O, no crypto. */
export function parseCredential(text: string): Credential | null {
  if (text.length > MAX_LENGTH) return null;
  const match = FORM.exec(text);
  const [, prefix, id, , check] = match ?? [];
  const kind = prefix === undefined ? undefined : KIND_BY_PREFIX[prefix];
  if (kind === undefined || id === undefined || check === undefined) return null;
  return { kind, id, body: text.slice(0, -CREDENTIAL_CHECK_LENGTH), check, text };
}

/** What lists and logs show of a credential: its prefix and id, never its secret. Example: `hk_4fXq0pZt1mN8sRw2`. */
export function displayPrefix(kind: CredentialKind, id: string): string {
  return CREDENTIAL_PREFIX[kind] + id;
}

/** The account that an API key id belongs to: its first 8 characters. */
export function accountOfKeyId(keyId: string): string {
  return keyId.slice(0, ACCOUNT_ID_LENGTH);
}

/** A fresh random id of `length` base62 characters: 95 bits in the 16 of a credential's id. */
export function randomId(length: number = CREDENTIAL_ID_LENGTH): string {
  return randomBase62(length);
}

/** A fresh credential's body, still without its check: `hk_` + id + `_` + 32 random bytes in base62. */
export function randomCredentialBody(kind: CredentialKind, id: string): string {
  const secret = encodeBase62(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), CREDENTIAL_SECRET_LENGTH);
  return `${displayPrefix(kind, id)}_${secret}`;
}
