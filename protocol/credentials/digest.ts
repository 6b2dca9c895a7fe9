// SHA-256 as base64url: how credentials are stored and request bodies are bound to their signature.
import { encodeBase64Url } from './base64url.ts';

const encoder = new TextEncoder();

/** SHA-256 of a text (as UTF-8) or of bytes, as 43 characters of unpadded base64url. */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
