// Reads a node's answer up to a bound: a node that is not ours, or broken, must not fill the isolate.
import { nextChunk } from '../streams/next-chunk.ts';

/** The body as text, or null when it is longer than `maxBytes` or not UTF-8. The rest of a longer one is cancelled. */
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
  } catch {
    return null;
  }
}
