// The body of a node's whole answer, bounded in time: a node that sends headers and then nothing, or a network that broke between, would
// hold the client for ever. A short body is taken whole before anything of it is passed on, so that its failure is still one of the call; a
// long one, or one that does not say its length, from its first piece on.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { CallClock } from '../call-clock.ts';
import { endOf } from '../nodes/node-fetch.ts';
import { nextChunk } from '../streams/next-chunk.ts';
import { settlesWithin } from './wait-with-signs.ts';

/**
 * Our nodes send a whole answer at once, so that only the network can be slow: as long as a node that is silent has to come back.
 * Milliseconds.
 */
const BODY_IDLE_MS = 15_000;
/** A hundred thousand words; many of them fit into an isolate. */
const MAX_HELD_BYTES = 1_048_576;

export type BodyLimits = {
  clock: CallClock;
  /** Ends the attempt: aborted when nothing comes. */
  ender: AbortController;
};

/** A long one goes on to be bounded while it is read. */
export type HeldBody = ArrayBuffer | ReadableStream | null;

/** Throws `node_offline` when the body does not come, or breaks off. */
export async function holdBody(response: Response, limits: BodyLimits): Promise<HeldBody> {
  const length = Number(response.headers.get('content-length') ?? Infinity);
  // Without touching `body`, which would make a stream of it first.
  if (length <= MAX_HELD_BYTES) return inTime(limits, response.arrayBuffer());
  if (response.body === null) return null;
  const reader = response.body.getReader();
  let first = await inTime(limits, nextChunk(reader));
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = first ?? (await inTime(limits, nextChunk(reader)));
        first = null;
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** What is read, if it comes. While nobody reads, no time passes. */
async function inTime<T>({ clock, ender }: BodyLimits, reading: Promise<T>): Promise<T> {
  const waited = await settlesWithin(clock, reading, BODY_IDLE_MS).catch(() => null);
  if (waited?.settled === true) return waited.value;
  if (ender.signal.aborted) throw endOf(ender);
  const reason = waited === null ? 'the answer broke off' : 'the answer stood still behind its headers';
  const failure = new ApiError('node_offline', { reason });
  // What is still being read fails with it.
  reading.catch(() => undefined);
  ender.abort(failure);
  throw failure;
}
