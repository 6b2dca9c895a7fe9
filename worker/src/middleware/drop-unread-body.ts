// Reads and drops what an answer left unread of the request's body, within bounds: a Worker that answers an upload unread
// makes the client see a broken connection instead of the answer.
import type { MiddlewareHandler } from 'hono';
import { nextChunk } from '../streams/next-chunk.ts';
import type { GatewayHonoEnv } from './gateway-context.ts';

/** An honest mistake is smaller; whoever sends more may see its connection break. */
const MAX_DROPPED_BYTES = 33_554_432;
/** How long a slow upload may hold its answer back, in milliseconds. */
const MAX_DROPPING_MS = 5_000;

/** Drops the rest of the body after the request was answered and before the answer is sent. */
export function dropUnreadBody(): MiddlewareHandler<GatewayHonoEnv> {
  return async function dropBody(context, next) {
    await next();
    const request = context.req.raw;
    // Read bodies, the usual case, are not touched again.
    if (!request.bodyUsed && request.body !== null) await dropRest(request.body.getReader());
  };
}

/** Reads to the end, or to one of the bounds. Never throws: the answer is worth more than the rest of the body. */
export async function dropRest(reader: ReadableStreamDefaultReader): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      resolve('late');
    }, MAX_DROPPING_MS);
  });
  try {
    await Promise.race([readAway(reader), late]);
    await reader.cancel();
  } catch {
    // The client broke off: there is nothing left to drop.
  } finally {
    clearTimeout(timer);
  }
}

async function readAway(reader: ReadableStreamDefaultReader): Promise<void> {
  let dropped = 0;
  while (dropped <= MAX_DROPPED_BYTES) {
    const chunk = await nextChunk(reader);
    if (chunk === null) return;
    dropped += chunk.byteLength;
  }
}
