// Base64url without padding (RFC 4648, section 5), on both runtimes, without Node's Buffer.

/** `Uint8Array.prototype.toBase64` (ES2026): workerd has it, Node 24 not yet. It is on the path of every call. */
type NativeEncoder = { toBase64: (options: { alphabet: 'base64url'; omitPadding: true }) => string };

/** Encodes bytes as unpadded base64url. Meant for short values (digests, signatures), not for bodies. */
export function encodeBase64Url(bytes: Uint8Array): string {
  if (hasNativeEncoder(bytes)) return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The bytes of a base64url text, padded or not; null for what is none. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) return null;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function hasNativeEncoder(bytes: Uint8Array): bytes is Uint8Array & NativeEncoder {
  return 'toBase64' in bytes;
}
