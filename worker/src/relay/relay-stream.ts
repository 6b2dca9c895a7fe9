// Hands a stream of events to the client: the bytes pass natively (no JavaScript per chunk), only the tail is the gateway's.
// When the node breaks off, the client is told so by one error event and no [DONE].
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../../protocol/errors/error-body.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { formatSseData, SSE_CONTENT_TYPE, SSE_PING } from '../../../protocol/inference/server-sent-events.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter } from '../nodes/end-after.ts';
import { acknowledgeCall, readJournalRecord } from '../nodes/node-journal.ts';
import { nextChunk } from '../streams/next-chunk.ts';
import type { ForwardedCall } from './forward-call.ts';
import { waitWithSigns } from './wait-with-signs.ts';

const encoder = new TextEncoder();
const PING = encoder.encode(SSE_PING);
/** A cut may fall inside an event: the blank lines end it before ours begins. */
const BROKEN_OFF = encoder.encode(`\n\n${formatSseData(renderErrorBody(new ApiError('generation_failed')))}`);

/** Resolves to the client's answer. The request's record is complete, and its line due, when the stream has ended. */
export async function relayStream(gateway: GatewayCall, { callId, sent }: ForwardedCall): Promise<Response> {
  const { response, bootId } = await endAfter(gateway.ender, gateway.config.nodeTimeoutMs, sent);
  if (response.body === null) throw new ApiError('node_error', { reason: 'the node answered a stream without a body' });
  const { readable, writable } = new IdentityTransformStream();
  gateway.record.ending = passStream(response.body, writable, gateway.ender).then((end) =>
    settle(gateway, { callId, bootId, end }),
  );
  const headers: Record<string, string> = {
    'content-type': SSE_CONTENT_TYPE,
    // Proxies in front must not hold events back (nginx reads this).
    'x-accel-buffering': 'no',
    [HEADER.callId]: callId,
  };
  return new Response(readable, { headers });
}

type StreamEnd = 'ok' | 'upstream_lost' | 'client_left';

async function passStream(
  upstream: ReadableStream,
  writable: WritableStream,
  ender: AbortController,
): Promise<StreamEnd> {
  let whole = true;
  try {
    await passFirstChunk(upstream, writable);
    await upstream.pipeTo(writable, { signal: ender.signal, preventAbort: true, preventClose: true });
  } catch {
    whole = false;
  }
  // A cut has two sides; that the tail cannot be written tells the one from the other.
  try {
    const writer = writable.getWriter();
    if (!whole) await writer.write(BROKEN_OFF);
    await writer.close();
    return whole ? 'ok' : 'upstream_lost';
  } catch {
    ender.abort();
    return 'client_left';
  }
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

type EndedStream = { callId: string; bootId: string; end: StreamEnd };

async function settle(gateway: GatewayCall, { callId, bootId, end }: EndedStream): Promise<void> {
  const { record } = gateway;
  record.outcome = end;
  const journal = await readJournalRecord(gateway, callId, bootId);
  if (journal === null) return;
  const { promptTokens, cachedTokens, completionTokens } = journal;
  Object.assign(record, { promptTokens, cachedTokens, completionTokens });
  if (end === 'ok' && journal.outcome === 'failed') record.outcome = 'failed';
  acknowledgeCall(gateway, callId, bootId, 'now');
}
