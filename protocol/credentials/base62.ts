// Fixed-width base62 (0-9A-Za-z): the alphabet of every credential. Zero-padded, so that a credential's length says
// nothing about its value and its fields can be cut out by position.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
/** The largest multiple of 62 that a byte can count to: bytes from here on would favour the first digits. */
const UNBIASED_BYTES = 248;
/** Bytes drawn at a time: a hundred ids or so. */
const DRAWN_BYTES = 2048;

/**
 * Encodes an unsigned big-endian integer as exactly `width` base62 characters; digits above `width` are dropped
 * (the value is taken modulo 62^width).
 */
export function encodeBase62(bytes: Uint8Array, width: number): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let position = 0; position < width; position++) {
    text = ALPHABET.charAt(Number(value % BASE)) + text;
    value /= BASE;
  }
  return text;
}

/** `width` uniformly random base62 characters, for ids: cheap enough to draw for every request. Not for secrets. */
export function randomBase62(width: number): string {
  let text = '';
  while (text.length < width) {
    const byte = drawByte();
    if (byte < UNBIASED_BYTES) text += ALPHABET.charAt(byte % ALPHABET.length);
  }
  return text;
}

/** Asking the platform for random bytes costs far more than the bytes, so they are drawn ahead. */
const drawn = new Uint8Array(DRAWN_BYTES);
let used = DRAWN_BYTES;

function drawByte(): number {
  if (used === DRAWN_BYTES) {
    crypto.getRandomValues(drawn);
    used = 0;
  }
  const byte = drawn[used] ?? 0;
  // A byte that was used is in an id for everyone to see: nothing is left of it here.
  drawn[used++] = 0;
  return byte;
}
