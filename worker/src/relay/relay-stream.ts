// Hands a stream of events to the client: the bytes pass natively (no JavaScript per chunk), only the tail is the gateway's.
// When the node breaks off, the client is told so by one error event and no [DONE].
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../../protocol/errors/error-body.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { formatSseData, SSE_CONTENT_TYPE, SSE_PING } from '../../../protocol/inference/server-sent-events.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter } from '../nodes/end-after.ts';
import { nextChunk } from '../streams/next-chunk.ts';
import type { ForwardedCall } from './forward-call.ts';
import type { HeldCall } from './held-call.ts';
import { keepLease } from './keep-lease.ts';
import { settleByJournal } from './settle-call.ts';
import { waitWithSigns } from './wait-with-signs.ts';

const encoder = new TextEncoder();
const PING = encoder.encode(SSE_PING);

/** Resolves to the client's answer. The request's record is complete, and its line due, when the stream has ended. */
export async function relayStream(gateway: GatewayCall, { held, sent }: ForwardedCall): Promise<Response> {
  const letGo = keepLease(gateway, held);
  const { response } = await endAfter(gateway.ender, gateway.config.nodeTimeoutMs, sent).catch((error: unknown) => {
    letGo();
    throw error;
  });
  const { readable, writable } = new IdentityTransformStream();
  gateway.record.ending = passStream(response.body, writable, gateway.ender).then((end) => {
    letGo();
    return finish(gateway, held, end);
  });
  const headers: Record<string, string> = {
    'content-type': SSE_CONTENT_TYPE,
    // Proxies in front must not hold events back (nginx reads this).
    'x-accel-buffering': 'no',
    [HEADER.callId]: held.lease.callId,
  };
  return new Response(readable, { headers });
}

/** How a stream ended: whole, left by the client, or cut for the reason that the client was told. */
type StreamEnd = 'ok' | 'client_left' | ApiError;

async function passStream(
  upstream: ReadableStream | null,
  writable: WritableStream,
  ender: AbortController,
): Promise<StreamEnd> {
  let cut: ApiError | null = null;
  try {
    if (upstream === null) throw new Error('the node answered a stream without a body');
    await passFirstChunk(upstream, writable);
    await upstream.pipeTo(writable, { signal: ender.signal, preventAbort: true, preventClose: true });
  } catch {
    const reason: unknown = ender.signal.reason;
    cut = reason instanceof ApiError ? reason : new ApiError('generation_failed');
  }
  // A cut has two sides; that the tail cannot be written tells the one from the other.
  try {
    const writer = writable.getWriter();
    if (cut !== null) await writer.write(describeCut(cut));
    await writer.close();
    return cut ?? 'ok';
  } catch {
    ender.abort();
    return 'client_left';
  }
}

/** A cut may fall inside an event: the blank lines end it before ours begins. */
function describeCut(cut: ApiError): Uint8Array {
  return encoder.encode(`\n\n${formatSseData(renderErrorBody(cut))}`);
}

/** Until the prompt was read there is nothing to pass on: then the gateway's own pings show whether anybody still waits. */
async function passFirstChunk(upstream: ReadableStream, writable: WritableStream): Promise<void> {
  const reader = upstream.getReader();
  const writer = writable.getWriter();
  try {
    const chunk = await waitWithSigns(nextChunk(reader), writer, PING);
    if (chunk !== null) await writer.write(chunk);
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
}

async function finish(gateway: GatewayCall, held: HeldCall, end: StreamEnd): Promise<void> {
  const { record } = gateway;
  if (end instanceof ApiError) {
    record.outcome = end.code === 'generation_failed' ? 'upstream_lost' : 'cut';
    record.error = end.code;
    if (end.reason !== null) record.reason = end.reason;
    await settleByJournal(gateway, held, end.code);
    return;
  }
  record.outcome = end;
  await settleByJournal(gateway, held, end === 'client_left' ? 'client_closed_request' : null);
}
