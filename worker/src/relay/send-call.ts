// Sends an admitted call to the node and tells success from failure. A node that started anew between its status and the
// call gets the call once more, signed for its new boot: it has refused the first one unread.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { callNode } from '../nodes/call-node.ts';
import { endAfter } from '../nodes/end-after.ts';
import { forgetNodeStatus, nodeStatus } from '../nodes/node-directory.ts';
import { readNodeFailure, type NodeFailure } from '../nodes/node-failure.ts';
import type { HeldCall } from './held-call.ts';

/** An error's body comes with its headers; milliseconds. */
const FAILURE_BODY_MS = 5_000;

export type CallToSend = {
  path: string;
  /** JSON. */
  body: string;
  stream: boolean;
  held: HeldCall;
};

export type SentCall = {
  /** The boot that answered. */
  bootId: string;
  /** 200, of the content type that was asked for; its body not yet read. */
  response: Response;
};

/** Resolves to a success of the node; throws an `ApiError` for everything else. */
export async function sendCall(gateway: GatewayCall, call: CallToSend, bootId: string): Promise<SentCall> {
  const first = await send(gateway, call, bootId);
  if (first.ok) return { bootId, response: first.response };
  if (!first.bootChanged) throw first.error;
  forgetNodeStatus(gateway.config);
  const { bootId: newBootId } = await nodeStatus(gateway, 'now');
  const second = await send(gateway, call, newBootId);
  if (second.ok) return { bootId: newBootId, response: second.response };
  throw second.error;
}

type Answer = { ok: true; response: Response } | ({ ok: false } & NodeFailure);

async function send(gateway: GatewayCall, call: CallToSend, bootId: string): Promise<Answer> {
  const { path, body, stream } = call;
  const { accountId, lease, priority } = call.held;
  const identity = { accountId, keyId: lease.keyId, callId: lease.callId, attempt: lease.attempt, priority };
  const accept = stream ? 'text/event-stream' : 'application/json';
  const { ender, config } = gateway;
  try {
    const response = await callNode(gateway, {
      method: 'POST',
      path,
      body,
      accept,
      bootId,
      identity,
      ender,
    });
    if (response.status !== 200) {
      return { ok: false, ...(await endAfter(ender, FAILURE_BODY_MS, readNodeFailure(response))) };
    }
    if (response.headers.get('content-type')?.startsWith(accept) === true) return { ok: true, response };
    await response.body?.cancel();
  } catch (error) {
    // What was seen of a node that cannot be reached is no longer worth believing.
    if (error instanceof ApiError && error.code === 'node_offline') forgetNodeStatus(config);
    throw error;
  }
  throw new ApiError('node_error', { reason: `the node's answer is not ${accept}` });
}
