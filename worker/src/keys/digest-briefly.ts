// SHA-256 as base64url of something on the path of every call. What is short is hashed in JavaScript: a digest by WebCrypto costs
// some 15 µs of CPU before its first byte, in which JavaScript hashes about a kilobyte.
import { sha256 as hashNow } from '@noble/hashes/sha2.js';
import { encodeBase64Url } from '../../../protocol/credentials/base64url.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';

/** Longer data goes to WebCrypto, in bytes. */
const BRIEF_BYTES = 1_024;
const encoder = new TextEncoder();

/** The very text that `sha256` gives. */
export async function digestBriefly(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  return bytes.byteLength <= BRIEF_BYTES ? encodeBase64Url(hashNow(bytes)) : sha256(data);
}
