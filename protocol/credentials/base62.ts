// Fixed-width base62 (0-9A-Za-z): the alphabet of every credential. Zero-padded, so that a credential's length says
// nothing about its value and its fields can be cut out by position.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;

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
