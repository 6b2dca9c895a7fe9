// The one home of outbound fetch. Over the node's link where it has one, through the service binding where the layout has one, else
// by URL; never follows a redirect. Whoever asks holds the ender: it bounds the time, and ends the call when the client leaves.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { LATE } from './end-after.ts';
import type { NodeTarget } from './node-target.ts';
import { fetchOverLink, LINK_ORIGIN, LinkFailure } from './node-link-stub.ts';

export type NodeFetch = {
  method: 'GET' | 'POST';
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  /** Ends the call, also while its body is being read; with `LATE` when it took too long. */
  ender: AbortController;
};

/**
 * Sends one request to the node. Throws `node_offline` when no connection comes about, `node_error` for a redirect,
 * `node_timeout` when the ender ended it for lateness, the ender's own `ApiError` when it has one for a reason, and
 * `client_closed_request` when for anything else.
 */
export async function fetchFromNode(
  { env }: Pick<GatewayCall, 'env'>,
  target: NodeTarget,
  request: NodeFetch,
): Promise<Response> {
  const { method, path, headers, body, ender } = request;
  const init: RequestInit = { method, headers, redirect: 'manual', signal: ender.signal };
  if (body !== undefined) init.body = body;
  try {
    const response = await send(env, target, path, init);
    if (response.status < 300 || response.status >= 400) return response;
    await response.body?.cancel();
  } catch (error) {
    if (ender.signal.aborted) throw endOf(ender);
    const problem = error instanceof LinkFailure ? error.message : 'the connection to the node failed';
    throw new ApiError('node_offline', { reason: problem });
  }
  throw new ApiError('node_error', { reason: 'the node answered with a redirect' });
}

/** Why an ender has ended a call. */
export function endOf({ signal }: AbortController): ApiError {
  const reason: unknown = signal.reason;
  if (reason instanceof ApiError) return reason;
  return reason === LATE
    ? new ApiError('node_timeout', { reason: 'no answer in time' })
    : new ApiError('client_closed_request');
}

function send(env: GatewayEnv, target: NodeTarget, path: string, init: RequestInit): Promise<Response> {
  if (target.kind === 'link') return fetchOverLink(env, target.nodeId, LINK_ORIGIN + path, init);
  const url = target.origin + path;
  if (target.kind === 'origin' && target.isBound && env.NODE !== undefined) return env.NODE.fetch(url, init);
  return env.NETWORK === undefined ? fetch(url, init) : env.NETWORK.fetch(url, init);
}
