// Sends an admitted call to a node and tells success from failure. What fails before the node has answered anything is tried at the next
// node that serves the model, and the lease moves with it. A node that started anew between its status and the call gets the call once
// more, signed for its new boot: it has refused the first one unread.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { accountStub } from '../accounts/account-stub.ts';
import { askAccount } from '../accounts/ask-account.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { callNode } from '../nodes/call-node.ts';
import { findOthers } from '../nodes/choose-nodes.ts';
import { endAfter } from '../nodes/end-after.ts';
import { readNodeFailure, type NodeFailure } from '../nodes/node-failure.ts';
import { lastTargets } from '../nodes/node-list.ts';
import { forgetNodeStatus, newStatus, noteAnswered, noteFailed, noteSent } from '../nodes/node-sights.ts';
import type { NodeCandidate } from '../nodes/node-view.ts';
import { callOrigin } from '../openai-origin/call-origin.ts';
import { betterFailure, mayFailOver } from './fail-over.ts';
import type { HeldCall } from './held-call.ts';
import { watchNode } from './watch-node.ts';

/** An error's body comes with its headers; milliseconds. */
const FAILURE_BODY_MS = 5_000;
/** Nodes that one call is given to, one after the other. */
const MAX_ATTEMPTS = 3;

export type CallToSend = {
  path: string;
  /** JSON. */
  body: string;
  stream: boolean;
  held: HeldCall;
};

export type SentCall = {
  /** 200, of the content type that was asked for; its body not yet read. */
  response: Response;
  /** Ends this attempt, with the call's own; its reason may be an `ApiError`. */
  ender: AbortController;
  /** The client has seen something of the answer: from now on the call stays here. */
  begin: () => void;
  /** The node broke off after that. */
  noteLost: () => void;
  /** The attempt is over, and the watch over its node; more than once does no harm. */
  end: () => void;
  /** Goes on at the next node, as long as the client has seen nothing of this one's answer. Throws when there is none. */
  failOver: (failure: ApiError) => Promise<SentCall>;
};

type Nodes = { first: NodeCandidate; others: readonly NodeCandidate[] };

/** Resolves to a success of a node; throws an `ApiError` for everything else. */
export async function sendCall(gateway: GatewayCall, call: CallToSend, { first, others }: Nodes): Promise<SentCall> {
  const { config } = gateway;
  const sentAtMs = steadyNow();
  const failOver = (failure: ApiError): Promise<SentCall> => {
    return goOn(gateway, call, { failed: first, sentAtMs, others, failure });
  };
  // Without another node at all, what ends the attempt ends the call.
  const ender = lastTargets(config).length <= 1 ? gateway.ender : attemptEnder(gateway.ender);
  let begun = false;
  const stopWatch = watchNode(gateway, first.target, {
    ender,
    mayLeave: () => !begun && others.length > 0 && call.held.lease.attempt < MAX_ATTEMPTS,
  });
  const noteEnded = noteSent(config, first.target);
  const end = (): void => {
    stopWatch();
    noteEnded();
  };
  const begin = (): void => {
    begun = true;
    noteAnswered(gateway, first.target);
  };
  const noteLost = (): void => {
    forgetNodeStatus(config, first.target);
    noteFailed(gateway, first.target, sentAtMs);
  };
  try {
    const response = await sendTwice({ ...gateway, ender }, call, first);
    // A whole answer is here with its headers.
    if (!call.stream) {
      begin();
      end();
    }
    return { response, ender, begin, noteLost, end, failOver };
  } catch (error) {
    end();
    if (error instanceof ApiError) return failOver(error);
    throw error;
  }
}

type Failed = { failed: NodeCandidate; sentAtMs: number; others: readonly NodeCandidate[]; failure: ApiError };

async function goOn(
  gateway: GatewayCall,
  call: CallToSend,
  { failed, sentAtMs, others, failure }: Failed,
): Promise<SentCall> {
  const { held } = call;
  if (gateway.ender.signal.aborted || !mayFailOver(failure)) throw failure;
  noteFailed(gateway, failed.target, sentAtMs);
  // A node that was away when the call was chosen for, and at no other time: it is looked for once.
  const lookAgain = others.length === 0 && held.lease.attempt === 1 && failure.code === 'node_offline';
  const { target } = failed;
  const found = lookAgain ? await findOthers(gateway, { failed: target, modelId: held.lease.model }) : others;
  const [next, ...rest] = found;
  if (next === undefined || held.lease.attempt >= MAX_ATTEMPTS) throw failure;
  const moved = { ...held.lease, nodeId: next.target.nodeId, attempt: held.lease.attempt + 1 };
  if (!(await askAccount(() => accountStub(gateway.env, held.accountId).move(moved)))) throw failure;
  held.lease = moved;
  try {
    return await sendCall(gateway, call, { first: next, others: rest });
  } catch (error) {
    throw error instanceof ApiError ? betterFailure(failure, error) : error;
  }
}

async function sendTwice(gateway: GatewayCall, call: CallToSend, node: NodeCandidate): Promise<Response> {
  const first = await send(gateway, call, node);
  if (first.ok) return first.response;
  if (!first.bootChanged) throw first.error;
  forgetNodeStatus(gateway.config, node.target);
  const { bootId } = await newStatus(gateway, node.target);
  const second = await send(gateway, call, { ...node, bootId });
  if (second.ok) return second.response;
  throw second.error;
}

type Answer = { ok: true; response: Response } | ({ ok: false } & NodeFailure);

async function send(gateway: GatewayCall, call: CallToSend, { target, bootId }: NodeCandidate): Promise<Answer> {
  const { path, body, stream, held } = call;
  held.counts = null;
  const { accountId, lease, priority } = held;
  const identity = { accountId, keyId: lease.keyId, callId: lease.callId, attempt: lease.attempt, priority };
  const accept = stream ? 'text/event-stream' : 'application/json';
  const { ender, config } = gateway;
  try {
    if (target.kind === 'openai') {
      const { response, counts } = await callOrigin(gateway, target, { path, body, stream, ...lease });
      held.counts = counts;
      return { ok: true, response };
    }
    const question = { method: 'POST', path, body, accept, bootId, identity, ender } as const;
    const response = await callNode(gateway, target, question);
    if (response.status !== 200) {
      return { ok: false, ...(await endAfter(ender, FAILURE_BODY_MS, readNodeFailure(response))) };
    }
    if (response.headers.get('content-type')?.startsWith(accept) === true) return { ok: true, response };
    await response.body?.cancel();
  } catch (error) {
    // What was seen of a node that cannot be reached is no longer worth believing.
    if (error instanceof ApiError && error.code === 'node_offline') forgetNodeStatus(config, target);
    throw error;
  }
  throw new ApiError('node_error', { reason: `the node's answer is not ${accept}` });
}

/** Of one attempt: ended with the whole call, for the same reason, and alone when only its node fails. */
function attemptEnder({ signal }: AbortController): AbortController {
  const ender = new AbortController();
  if (signal.aborted) ender.abort(signal.reason);
  else
    signal.addEventListener(
      'abort',
      () => {
        ender.abort(signal.reason);
      },
      { once: true },
    );
  return ender;
}
