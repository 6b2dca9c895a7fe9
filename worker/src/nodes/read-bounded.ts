// Reads a node's answer up to a bound: a node that is not ours, or broken, must not fill the isolate.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { nextChunk } from '../streams/next-chunk.ts';

/**
 * The body as text, or null when it is longer than `maxBytes`, not UTF-8, or breaks off. The rest of a longer one is cancelled. Throws the
 * `ApiError` that a body was given up with: whoever bounds it in time knows better what the matter is.
 */
export async function readBoundedText(response: Response, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let text = '';
  let length = 0;
  try {
    for (;;) {
      const chunk = await nextChunk(reader);
      if (chunk === null) return text + decoder.decode();
      length += chunk.byteLength;
      if (length > maxBytes) {
        await reader.cancel();
        return null;
      }
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    return null;
  }
}
