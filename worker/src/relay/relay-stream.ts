// Hands a stream of events to the client: the bytes pass natively (no JavaScript per chunk), only the tail is the gateway's.
// When the node breaks off, the client is told so by one error event and no [DONE].
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { renderErrorBody } from '../../../protocol/errors/error-body.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { formatSseData, SSE_CONTENT_TYPE, SSE_PING } from '../../../protocol/inference/server-sent-events.ts';
import { noteEnd } from '../accounts/untold-ends.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter, LATE } from '../nodes/end-after.ts';
import { parseNodeFailure } from '../nodes/node-failure.ts';
import type { JournalAnswer } from '../nodes/node-journal.ts';
import { nextChunk } from '../streams/next-chunk.ts';
import { confirmEnd } from './confirm-end.ts';
import { mayFailOver } from './fail-over.ts';
import type { ForwardedCall } from './forward-call.ts';
import type { HeldCall } from './held-call.ts';
import { keepLease } from './keep-lease.ts';
import type { SentCall } from './send-call.ts';
import { settleEnded } from './settle-call.ts';
import { ClientLeftError, throwClientLeft, waitWithSigns } from './wait-with-signs.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** By the node's fault. */
const LOST: readonly ErrorCode[] = ['generation_failed', 'node_offline'];
const EVENT_START = 'data: ';
const ERROR_EVENT_START = 'data: {"error":';
/** Pings of hours. */
const MAX_BYTES_BEFORE_EVENT = 65_536;
const PING = encoder.encode(SSE_PING);

/** Resolves to the client's answer. The request's record is complete, and its line due, when the stream has ended. */
export async function relayStream(gateway: GatewayCall, { held, sent }: ForwardedCall): Promise<Response> {
  const letGo = keepLease(gateway, held);
  const first = await endAfter(gateway.ender, gateway.config.nodeTimeoutMs, sent).catch((error: unknown) => {
    letGo();
    throw error;
  });
  const { readable, writable } = new IdentityTransformStream();
  gateway.goOn(
    passStream(gateway, { held, first }, writable).then((end) => {
      letGo();
      return finish(gateway, held, end);
    }),
  );
  const headers: Record<string, string> = {
    'content-type': SSE_CONTENT_TYPE,
    // Proxies in front must not hold events back (nginx reads this).
    'x-accel-buffering': 'no',
    [HEADER.callId]: held.lease.callId,
  };
  return new Response(readable, { headers });
}

/** How a stream ended: whole, left by the client, or cut for the reason that the client was told. `journal`: as of `confirmEnd`. */
type StreamEnd = { how: 'ok' | 'client_left' | ApiError; journal: JournalAnswer | null };

async function passStream(
  gateway: GatewayCall,
  { held, first }: { held: HeldCall; first: SentCall },
  writable: WritableStream,
): Promise<StreamEnd> {
  let cut: ApiError | null = null;
  let journal: JournalAnswer | null = null;
  let sent = first;
  // Said before the client can know of it: its next call may count on what this one gives back.
  const ended = (): void => {
    noteEnd(gateway, held.accountId, held.lease.callId);
  };
  try {
    sent = await passBeginning(gateway, first, writable);
    const { signal } = sent.ender;
    await sent.response.body?.pipeTo(writable, { signal, preventAbort: true, preventClose: true });
    ended();
    ({ cut, journal } = await confirmEnd(gateway, held));
  } catch (error) {
    ended();
    const reason: unknown = sent.ender.signal.reason ?? gateway.ender.signal.reason;
    cut = [reason, error].find((value) => value instanceof ApiError) ?? new ApiError('generation_failed');
  } finally {
    sent.end();
  }
  if (hasLeft(gateway.ender)) {
    // To a client that is known to have left a write may wait for ever.
    writable.abort().catch(() => undefined);
    return { how: 'client_left', journal };
  }
  // A cut has two sides; that the tail cannot be written tells the one from the other.
  try {
    const writer = writable.getWriter();
    if (cut !== null) await writer.write(describeCut(cut));
    if (cut !== null && LOST.includes(cut.code)) sent.noteLost();
    await writer.close();
    return { how: cut ?? 'ok', journal };
  } catch {
    gateway.ender.abort();
    return { how: 'client_left', journal };
  }
}

/** The call was ended, and by nobody who says why. */
function hasLeft({ signal }: AbortController): boolean {
  const reason: unknown = signal.reason;
  return signal.aborted && reason !== LATE && !(reason instanceof ApiError);
}

/** A cut may fall inside an event: the blank lines end it before ours begins. */
function describeCut(cut: ApiError): Uint8Array {
  return encoder.encode(`\n\n${formatSseData(renderErrorBody(cut))}`);
}

/** Passes the first event on. A node that fails before it is left for the next one: the client has seen nothing of it but pings. */
async function passBeginning(gateway: GatewayCall, first: SentCall, writable: WritableStream): Promise<SentCall> {
  let sent = first;
  for (;;) {
    const failure = await passFirstEvent(gateway, sent, writable);
    if (failure === null) {
      sent.begin();
      return sent;
    }
    sent.end();
    const reason: unknown = gateway.ender.signal.reason;
    if (gateway.ender.signal.aborted) throw reason instanceof ApiError ? reason : failure;
    sent = await sent.failOver(failure);
  }
}

/**
 * Until the prompt was read there is nothing to pass on: then the gateway's own pings show whether anybody still waits. Null: an event
 * was passed on; else how the node failed before. Throws when the client has left.
 */
async function passFirstEvent(
  gateway: GatewayCall,
  { response, ender }: SentCall,
  writable: WritableStream,
): Promise<ApiError | null> {
  if (response.body === null)
    return new ApiError('node_error', { reason: 'the node answered a stream without a body' });
  const reader = response.body.getReader();
  const writer = writable.getWriter();
  try {
    for (let passed = 0; passed <= MAX_BYTES_BEFORE_EVENT;) {
      const chunk = await waitWithSigns(gateway, nextChunk(reader), writer, PING);
      if (chunk === null) return new ApiError('node_error', { reason: 'the stream ended before its first event' });
      passed += chunk.length;
      const text = decoder.decode(chunk);
      const failure = readErrorEvent(text);
      if (failure !== null) return failure;
      await writer.write(chunk).catch(throwClientLeft);
      if (text.includes(EVENT_START)) return null;
    }
    // It would send on.
    reader.cancel().catch(() => undefined);
    return new ApiError('node_error', { reason: 'the stream is none of events' });
  } catch (error) {
    if (error instanceof ClientLeftError) throw error;
    const reason: unknown = ender.signal.reason;
    return reason instanceof ApiError
      ? reason
      : new ApiError('node_offline', { reason: 'the stream broke off before its first event' });
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
}

/** What a node says of its failure in place of the first event; null: it says something else, or what the client is to be told. */
function readErrorEvent(text: string): ApiError | null {
  const at = text.indexOf(EVENT_START);
  if (at === -1 || !text.startsWith(ERROR_EVENT_START, at)) return null;
  const [line = ''] = text.slice(at + EVENT_START.length).split('\n');
  const failure = parseNodeFailure(line);
  return failure !== null && mayFailOver(failure) ? failure : null;
}

async function finish(gateway: GatewayCall, held: HeldCall, { how, journal }: StreamEnd): Promise<void> {
  const { record } = gateway;
  if (how instanceof ApiError) {
    record.outcome = how.code === 'generation_failed' ? 'upstream_lost' : 'cut';
    record.error = how.code;
    if (how.reason !== null) record.reason = how.reason;
    await settleEnded(gateway, held, { error: how.code, journal });
    return;
  }
  record.outcome = how;
  await settleEnded(gateway, held, { error: how === 'client_left' ? 'client_closed_request' : null, journal });
}
