// Base64url without padding (RFC 4648, section 5), on both runtimes, without Node's Buffer.

/** Encodes bytes as unpadded base64url. Meant for short values (digests, signatures), not for bodies. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
