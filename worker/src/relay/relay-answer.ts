// Hands an answer that is not a stream of events to the client: body passed natively, headers built, counts to the record.
import { HEADER, NODE_HEADER } from '../../../protocol/headers.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { acknowledgeCall } from '../nodes/node-journal.ts';
import type { ForwardedCall } from './forward-call.ts';

/** Builds the client's answer from the node's. */
export function relayAnswer(gateway: GatewayCall, forwarded: ForwardedCall): Response {
  noteUsage(gateway, forwarded);
  const headers: Record<string, string> = { 'content-type': 'application/json', [HEADER.callId]: forwarded.callId };
  return new Response(forwarded.response.body, { headers });
}

/** Takes the token counts from the node's headers into the request's record. */
export function noteUsage(gateway: GatewayCall, { response, callId, bootId }: ForwardedCall): void {
  const { record } = gateway;
  record.outcome = 'ok';
  const promptTokens = readCount(response.headers, NODE_HEADER.promptTokens);
  const cachedTokens = readCount(response.headers, NODE_HEADER.cachedTokens);
  const completionTokens = readCount(response.headers, NODE_HEADER.completionTokens);
  // Without all three nothing was counted, and the node keeps its record.
  if (promptTokens === null || cachedTokens === null || completionTokens === null) return;
  Object.assign(record, { promptTokens, cachedTokens, completionTokens });
  acknowledgeCall(gateway, callId, bootId, 'batched');
}

function readCount(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
}
