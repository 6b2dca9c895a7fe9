// Hands a stream of events to the client: the bytes pass natively (no JavaScript per chunk), only the tail is the gateway's.
// When the node breaks off, the client is told so by one error event and no [DONE].
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../../protocol/errors/error-body.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { formatSseData, SSE_CONTENT_TYPE } from '../../../protocol/inference/server-sent-events.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { acknowledgeCall, readJournalRecord } from '../nodes/node-journal.ts';
import type { ForwardedCall } from './forward-call.ts';

/** A cut may fall inside an event: the blank lines end it before ours begins. */
const BROKEN_OFF = new TextEncoder().encode(`\n\n${formatSseData(renderErrorBody(new ApiError('generation_failed')))}`);

/** Builds the client's answer. The request's record is complete, and its line due, when the stream has ended. */
export function relayStream(gateway: GatewayCall, forwarded: ForwardedCall): Response {
  const upstream = forwarded.response.body;
  if (upstream === null) throw new ApiError('node_error', { reason: 'the node answered a stream without a body' });
  const { readable, writable } = new IdentityTransformStream();
  gateway.record.ending = passStream(upstream, writable, gateway.signal).then((end) => settle(gateway, forwarded, end));
  const headers: Record<string, string> = {
    'content-type': SSE_CONTENT_TYPE,
    // Proxies in front must not hold events back (nginx reads this).
    'x-accel-buffering': 'no',
    [HEADER.callId]: forwarded.callId,
  };
  return new Response(readable, { headers });
}

type StreamEnd = 'ok' | 'upstream_lost' | 'client_left';

async function passStream(upstream: ReadableStream, writable: WritableStream, signal: AbortSignal): Promise<StreamEnd> {
  let whole = true;
  try {
    await upstream.pipeTo(writable, { signal, preventAbort: true, preventClose: true });
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
    return 'client_left';
  }
}

async function settle(gateway: GatewayCall, { callId, bootId }: ForwardedCall, end: StreamEnd): Promise<void> {
  const { record } = gateway;
  record.outcome = end;
  const journal = await readJournalRecord(gateway, callId, bootId);
  if (journal === null) return;
  const { promptTokens, cachedTokens, completionTokens } = journal;
  Object.assign(record, { promptTokens, cachedTokens, completionTokens });
  if (end === 'ok' && journal.outcome === 'failed') record.outcome = 'failed';
  acknowledgeCall(gateway, callId, bootId, 'now');
}
