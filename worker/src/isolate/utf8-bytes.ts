// Texts as UTF-8. A buffer of its own for each costs more than the encoding, since workerd keeps every one outside of V8's heap: what is
// read at once shares one.

/** So many units of UTF-16 fit into the shared buffer, whatever they are. */
const MAX_PASSING_LENGTH = 16_384;
/** UTF-8 needs at most so many bytes for a unit of UTF-16. */
const BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();
const shared = new Uint8Array(MAX_PASSING_LENGTH * BYTES_PER_UNIT);

/** The bytes of a text, in a buffer of their own. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  // The platform's types leave open what stands behind the bytes; the standard says an ArrayBuffer.
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** The bytes of a text until the next call: to be read before anything else is done, never kept or sent. */
export function passingUtf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.length > MAX_PASSING_LENGTH) return utf8Bytes(text);
  return shared.subarray(0, encoder.encodeInto(text, shared).written);
}
