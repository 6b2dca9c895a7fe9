// Passes a stream on that JavaScript makes. The platform's own `pipeTo` does not always tell such a one that the client has left: seen to
// hang, and to leave a rejection that nobody handles.
import { nextChunk } from './next-chunk.ts';

/** Resolves when all was passed on; rejects when one side fails or the signal is aborted. Neither side is closed. */
export async function passByHand(
  body: ReadableStream | null,
  writable: WritableStream,
  signal: AbortSignal,
): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const writer = writable.getWriter();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const onAbort = (): void => {
    reject(new Error('the call was ended'));
  };
  signal.addEventListener('abort', onAbort);
  try {
    if (signal.aborted) onAbort();
    for (;;) {
      const chunk = await Promise.race([nextChunk(reader), aborted]);
      if (chunk === null) return;
      await Promise.race([writer.write(chunk), aborted]);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    reader.releaseLock();
    writer.releaseLock();
  }
}
