// Hands an answer that is not a stream of events to the client. Usually whole, when the node has made it. One that takes
// long is begun early: status 200, and a space (which JSON allows before a value) at every interval, so that a client that
// leaves is noticed and its generation ended. The price: a failure after that has no status of its own any more; the error's
// body is written and the connection broken off, so that no client takes it for an answer.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { HEADER } from '../../../protocol/headers.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter, LATE } from '../nodes/end-after.ts';
import { writeBug } from '../middleware/write-bug.ts';
import type { ForwardedCall } from './forward-call.ts';
import type { HeldCall } from './held-call.ts';
import { holdBody, type HeldBody } from './hold-body.ts';
import { keepLease } from './keep-lease.ts';
import { settleAnswered, settleFailure } from './settle-call.ts';
import type { SentCall } from './send-call.ts';
import { ClientLeftError, PATIENCE_MS, settlesWithin, throwClientLeft, waitWithSigns } from './wait-with-signs.ts';

const encoder = new TextEncoder();
const SPACE = encoder.encode(' ');

/** How the answers of one route look. */
export type AnswerForm = {
  /** The client's body out of the node's: the same, or a text. */
  readBody: (body: HeldBody) => HeldBody | Promise<string>;
  /** An error's body. */
  renderError: (error: ApiError) => object;
};

type Answer = { sent: SentCall; body: HeldBody | string };

/** Resolves to the client's answer; throws what goes wrong before it was begun. */
export async function relayAnswer(
  gateway: GatewayCall,
  { held, sent }: ForwardedCall,
  form: AnswerForm,
): Promise<Response> {
  const answer = sent.then((done) => readAnswer(gateway, held, done, form));
  const waited = await settlesWithin(gateway.clock, answer, PATIENCE_MS);
  const headers: Record<string, string> = { 'content-type': 'application/json', [HEADER.callId]: held.lease.callId };
  // A long one goes on after the handler, which has to watch it.
  if (waited.settled && !(waited.value.body instanceof ReadableStream)) {
    gateway.record.outcome = 'ok';
    settleAnswered(gateway, held, waited.value.sent.response);
    return new Response(waited.value.body, { headers });
  }
  const { readable, writable } = new IdentityTransformStream();
  gateway.goOn(finishLate(gateway, held, { answer, writable, form }));
  return new Response(readable, { headers });
}

type LateAnswer = { answer: Promise<Answer>; writable: WritableStream; form: AnswerForm };

/** What fails before the client has seen anything goes on at the next node; without one its call is settled. */
async function readAnswer(gateway: GatewayCall, held: HeldCall, first: SentCall, form: AnswerForm): Promise<Answer> {
  try {
    for (let sent = first; ;) {
      try {
        return { sent, body: await form.readBody(await bodyOf(gateway, held, sent)) };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        sent = await sent.failOver(error);
      }
    }
  } catch (error) {
    return settleFailure(gateway, held, error);
  }
}

/** What another maker's server has answered was read whole. */
function bodyOf({ clock }: GatewayCall, { counts }: HeldCall, { response, ender }: SentCall): Promise<HeldBody> {
  return counts === null ? holdBody(response, { clock, ender }) : response.arrayBuffer();
}

async function finishLate(gateway: GatewayCall, held: HeldCall, { answer, writable, form }: LateAnswer): Promise<void> {
  const writer = writable.getWriter();
  const letGo = keepLease(gateway, held, PATIENCE_MS);
  try {
    const timely = endAfter(gateway.ender, gateway.config.nodeTimeoutMs - PATIENCE_MS, answer);
    const { sent, body } = await waitWithSigns(gateway, timely, writer, SPACE);
    gateway.record.outcome = 'ok';
    settleAnswered(gateway, held, sent.response);
    if (body instanceof ReadableStream) {
      writer.releaseLock();
      await body.pipeTo(writable).catch((error: unknown) => {
        throw error instanceof ApiError ? error : new ClientLeftError();
      });
      return;
    }
    if (body !== null) {
      const bytes = typeof body === 'string' ? encoder.encode(body) : new Uint8Array(body);
      await writer.write(bytes).catch(throwClientLeft);
    }
    await writer.close();
  } catch (error) {
    const told = noteFailure(gateway, error);
    if (told !== null) await breakOff(writer, JSON.stringify(form.renderError(told)));
  } finally {
    letGo();
  }
}

/** Notes how a begun answer failed. Resolves to what the client is to be told; null when nobody listens. */
function noteFailure({ record, requestId, ender }: GatewayCall, error: unknown): ApiError | null {
  const reason: unknown = ender.signal.reason;
  const ours = reason === LATE || reason instanceof ApiError;
  const left = error instanceof ClientLeftError || (ender.signal.aborted && !ours);
  // Without this the node would go on for nobody.
  ender.abort();
  const known = error instanceof ApiError ? error : new ApiError(left ? 'client_closed_request' : 'internal_error');
  if (known !== error && !left) writeBug(requestId, error);
  record.outcome = left ? 'client_left' : 'error';
  record.error = known.code;
  if (known.reason !== null) record.reason = known.reason;
  return left ? null : known;
}

async function breakOff(writer: WritableStreamDefaultWriter, text: string): Promise<void> {
  try {
    await writer.write(encoder.encode(text));
    await writer.abort(new Error('the answer broke off'));
  } catch {
    // The client has left meanwhile.
  }
}
