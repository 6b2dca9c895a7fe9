// Takes the token counts of an answer that is not a stream from the node's headers into the request's record.
import { NODE_HEADER } from '../../../protocol/headers.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { acknowledgeCall } from '../nodes/node-journal.ts';
import type { SentCall } from './send-call.ts';

/** Notes the counts and that the call was counted. Without all of them the node keeps its record. */
export function noteUsage(gateway: GatewayCall, callId: string, { response, bootId }: SentCall): void {
  const { record } = gateway;
  record.outcome = 'ok';
  const promptTokens = readCount(response.headers, NODE_HEADER.promptTokens);
  const cachedTokens = readCount(response.headers, NODE_HEADER.cachedTokens);
  const completionTokens = readCount(response.headers, NODE_HEADER.completionTokens);
  if (promptTokens === null || cachedTokens === null || completionTokens === null) return;
  Object.assign(record, { promptTokens, cachedTokens, completionTokens });
  acknowledgeCall(gateway, callId, bootId, 'batched');
}

function readCount(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
}
