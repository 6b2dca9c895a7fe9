// Fixed-width base62 (0-9A-Za-z): the alphabet of every credential. Zero-padded, so that a credential's length says
// nothing about its value and its fields can be cut out by position.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
/** The largest multiple of 62 that a byte can count to: bytes from here on would favour the first digits. */
const UNBIASED_BYTES = 248;
/** Bytes drawn at a time: enough for 16 digits nearly always, 8 of 256 being thrown away. */
const DRAWN_BYTES = 20;

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

/** `width` uniformly random base62 characters. Without big integers: ids are drawn for every request. */
export function randomBase62(width: number): string {
  let text = '';
  while (text.length < width) {
    for (const byte of crypto.getRandomValues(new Uint8Array(DRAWN_BYTES))) {
      if (byte < UNBIASED_BYTES && text.length < width) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}
