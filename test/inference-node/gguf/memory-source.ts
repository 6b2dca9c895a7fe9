// Bytes in memory as a source, which notices a read outside of them or of an unreasonable size.
import type { ByteSource } from '../../../inference-node/gguf/gguf-cursor.ts';

/** No header of these tests needs more at once. */
const MAX_READ_BYTES = 16_777_216;

export function sourceOf(bytes: Uint8Array, size = bytes.length): ByteSource {
  return {
    size,
    read: (offset, length) => {
      if (offset + length > size || length > MAX_READ_BYTES) throw new Error(`a read of ${length} bytes at ${offset}`);
      const read = new Uint8Array(length);
      read.set(bytes.subarray(offset, offset + length));
      return read;
    },
  };
}
