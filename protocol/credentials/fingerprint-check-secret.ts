// What stands for a key-check secret where it must not be told: in backups, to see whether two gateways have the same one.
import { encodeBase64Url } from './base64url.ts';

/** Keeps this use of the secret apart from every other: no credential's text begins like this. */
const PURPOSE = 'hearthkey key-check fingerprint';
/** 128 bits: nobody finds a second secret with the same. */
const FINGERPRINT_BYTES = 16;

const encoder = new TextEncoder();

/** HMAC-SHA-256 of a fixed text under the secret, cut to 22 characters of base64url. */
export async function fingerprintCheckSecret(secret: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(PURPOSE));
  return encodeBase64Url(new Uint8Array(mac).subarray(0, FINGERPRINT_BYTES));
}
