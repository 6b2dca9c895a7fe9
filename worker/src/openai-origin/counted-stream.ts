// A foreign stream of events as the client gets it. The one place of the gateway where JavaScript sees every chunk: such a server
// keeps no journal, so that what a call cost stands in its stream alone.
import { SseDataParser, SSE_PING } from '../../../protocol/inference/server-sent-events.ts';
import type { CallClock } from '../call-clock.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { settlesWithin } from '../relay/wait-with-signs.ts';
import { nextChunk } from '../streams/next-chunk.ts';
import type { CallCounts } from './call-counts.ts';
import { EventReader, type EventReaderOptions } from './event-reader.ts';

/** An event holds a few tokens, or a tool call's arguments. In characters. */
const MAX_EVENT_LENGTH = 1_048_576;
/** After so much silence the client gets a comment: shows whether it is there, and keeps proxies from giving up. Milliseconds. */
const PING_INTERVAL_MS = 5_000;

export type CountedStream = {
  body: ReadableStream<Uint8Array>;
  /** What the call cost; null: it ended before the server had begun to answer. Resolves when the stream has ended, for whichever reason. */
  counts: Promise<CallCounts | null>;
};

export type CountedStreamOptions = EventReaderOptions & {
  clock: CallClock;
  /** Aborted when the call ends, whether somebody reads on or not. */
  signal: AbortSignal;
  pingIntervalMs?: number;
};

/** Pulls only what is asked for; cancelling it cancels the upstream, which may be still to come. */
export function countedStream(
  upstream: ReadableStream | Promise<ReadableStream>,
  options: CountedStreamOptions,
): CountedStream {
  const { clock, signal, pingIntervalMs = PING_INTERVAL_MS } = options;
  const counts = Promise.withResolvers<CallCounts | null>();
  let begun = upstream instanceof ReadableStream;
  const reader = Promise.resolve(upstream).then((stream) => {
    begun = true;
    return stream.getReader();
  });
  // Perhaps nobody ever reads.
  reader.catch(() => undefined);
  const events = new EventReader(options);
  const passed = passedEvents(reader, events, { clock, pingIntervalMs });
  const encoder = new TextEncoder();
  const stop = async (): Promise<void> => {
    counts.resolve(begun ? events.counts() : null);
    await reader.then((one) => one.cancel()).catch(() => undefined);
  };
  // The connection would stay open for as long as nobody reads.
  const onAbort = (): void => void stop();
  signal.addEventListener('abort', onAbort, { once: true });
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value } = await passed.next();
          if (value !== undefined) {
            controller.enqueue(encoder.encode(value));
            return;
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        await stop();
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
  return { body, counts: counts.promise };
}

/** Texts for the client, none of them empty. Returns at `[DONE]`, whatever comes after it. */
async function* passedEvents(
  reader: Promise<ReadableStreamDefaultReader>,
  events: EventReader,
  { clock, pingIntervalMs }: { clock: CallClock; pingIntervalMs: number },
): AsyncGenerator<string, undefined> {
  const parser = new SseDataParser(MAX_EVENT_LENGTH);
  const decoder = new TextDecoder();
  let saidMs = steadyNow();
  let chunk: Promise<Uint8Array | null> | null = null;
  while (!events.done) {
    // Comments of the server's own are no word to the client: they do not put the ping off.
    chunk ??= readQuietly(reader);
    const waited = await settlesWithin(clock, chunk, Math.max(0, saidMs + pingIntervalMs - steadyNow()));
    const bytes = waited.settled ? waited.value : null;
    const ended = waited.settled && bytes === null;
    if (waited.settled) chunk = null;
    const payloads = bytes === null ? [] : parser.push(decoder.decode(bytes, { stream: true }));
    const text = ended ? events.end() : payloads.map((payload) => events.take(payload)).join('');
    if (text !== '' || !waited.settled) {
      saidMs = steadyNow();
      yield text === '' ? SSE_PING : text;
    }
    if (ended) return;
  }
}

/** A chunk that fails after the last one that anybody waits for concerns nobody. */
function readQuietly(reader: Promise<ReadableStreamDefaultReader>): Promise<Uint8Array | null> {
  const chunk = reader.then(nextChunk);
  chunk.catch(() => undefined);
  return chunk;
}
