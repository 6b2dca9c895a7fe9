// SHA-256 as base64url of something on the path of every call. A digest by WebCrypto costs some 12 µs of CPU before its first byte, and
// nearly nothing for each: only what is as short as a key is hashed faster in JavaScript.
import { sha256 as hashNow } from '@noble/hashes/sha2.js';
import { encodeBase64Url } from '../../../protocol/credentials/base64url.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { passingUtf8Bytes } from '../isolate/utf8-bytes.ts';

/** Longer data goes to WebCrypto, in bytes. Two blocks of SHA-256. */
const BRIEF_BYTES = 128;

/** The very text that `sha256` gives. */
export async function digestBriefly(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? passingUtf8Bytes(data) : data;
  return bytes.byteLength <= BRIEF_BYTES ? encodeBase64Url(hashNow(bytes)) : sha256(bytes);
}
