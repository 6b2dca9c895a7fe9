// The bearer that an origin wants, as it lies in the Registry: encrypted (AES-GCM) under a key that is derived (HKDF-SHA-256, RFC 5869)
// from the key-check secret, and bound to its node. Who steals the storage alone cannot use it.
import { decodeBase64Url, encodeBase64Url } from '../../../protocol/credentials/base64url.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';

/** What GCM is made for (NIST SP 800-38D, section 5.2.1.1). */
const IV_BYTES = 12;
/** So that no other use of the secret derives this key. */
const PURPOSE = 'hearthkey: the bearer of an origin, 1';

const encoder = new TextEncoder();

type Secrets = Pick<GatewayConfig, 'keyCheckSecret' | 'previousKeyCheckSecret'>;

/** `renewed`: the same, sealed anew, when it was sealed under the previous key-check secret. */
export type OpenedBearer = { bearer: string; renewed: string | null };

/** Resolves to printable text. */
export async function sealBearer(
  { keyCheckSecret }: Pick<Secrets, 'keyCheckSecret'>,
  nodeId: string,
  bearer: string,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    algorithm(iv, nodeId),
    await deriveKey(keyCheckSecret),
    encoder.encode(bearer),
  );
  return `${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(sealed))}`;
}

/** Null when it was sealed under a secret that is no longer there, or for another node. */
export async function openBearer(secrets: Secrets, nodeId: string, sealed: string): Promise<OpenedBearer | null> {
  const current = await tryOpen(secrets.keyCheckSecret, nodeId, sealed);
  if (current !== null) return { bearer: current, renewed: null };
  if (secrets.previousKeyCheckSecret === null) return null;
  const bearer = await tryOpen(secrets.previousKeyCheckSecret, nodeId, sealed);
  return bearer === null ? null : { bearer, renewed: await sealBearer(secrets, nodeId, bearer) };
}

async function tryOpen(secret: string, nodeId: string, sealed: string): Promise<string | null> {
  const [iv, text] = sealed.split('.').map((part) => decodeBase64Url(part));
  if (!iv || !text) return null;
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm(iv, nodeId), await deriveKey(secret), text));
  } catch {
    return null;
  }
}

function algorithm(iv: Uint8Array<ArrayBuffer>, nodeId: string): SubtleCryptoEncryptAlgorithm {
  return { name: 'AES-GCM', iv, additionalData: encoder.encode(nodeId) };
}

async function deriveKey(secret: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(PURPOSE) };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
