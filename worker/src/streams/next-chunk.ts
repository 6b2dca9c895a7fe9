// Bytes out of a stream, with their type made sure: the platform's types leave open what a body's chunks are.

/** The next chunk, or null at the end. Rejects as the stream does. */
export async function nextChunk(reader: ReadableStreamDefaultReader): Promise<Uint8Array | null> {
  const result: { done: boolean; value?: unknown } = await reader.read();
  if (result.done) return null;
  if (result.value instanceof Uint8Array) return result.value;
  throw new TypeError('a body holds something other than bytes');
}
