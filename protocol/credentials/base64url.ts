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

function hasNativeEncoder(bytes: Uint8Array): bytes is Uint8Array & NativeEncoder {
  return 'toBase64' in bytes;
}
