// Reads a stream of Node piece by piece: nothing is taken out of it before somebody wants it.
import type { Readable } from 'node:stream';

/** What is there, as soon as something is, up to `maxBytes`; null: the stream has ended. Rejects when it was cut. */
export function nextBytes(stream: Readable, maxBytes: number): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const size = Math.min(stream.readableLength, maxBytes);
      const chunk = size === 0 ? null : (stream.read(size) as Buffer | null);
      if (chunk !== null) finish(chunk);
      else if (stream.readableEnded) finish(null);
      else if (stream.destroyed) fail();
      // Asks for more: 'readable' or 'end' follows.
      else stream.read(0);
    };
    const finish = (bytes: Uint8Array | null): void => {
      forget();
      resolve(bytes);
    };
    const fail = (): void => {
      forget();
      reject(new Error('the stream was cut'));
    };
    const end = (): void => {
      finish(null);
    };
    const forget = (): void => {
      stream.off('readable', look).off('end', end).off('error', fail).off('close', look);
    };
    stream.on('readable', look).on('end', end).on('error', fail).on('close', look);
    look();
  });
}
