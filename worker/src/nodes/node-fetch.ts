// The one home of outbound fetch. Through the service binding where the layout has one, else by URL; never follows a
// redirect; bounded until the headers are there, and ended when the client leaves.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';

export type NodeFetch = {
  method: 'GET' | 'POST';
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds until the answer's headers must be there. */
  timeoutMs: number;
  /** Ends the call, also while its body is being read. Absent: the call outlives the client. */
  signal?: AbortSignal;
};

/** Why a call was ended, when it was for its lateness. */
const LATE = 'no headers in time';

/**
 * Sends one request to the node. Throws `node_offline` when no connection comes about, `node_timeout` after the deadline,
 * `node_error` for a redirect, and `client_closed_request` when the signal ended it.
 */
export async function fetchFromNode(
  { env, config }: Pick<GatewayCall, 'env' | 'config'>,
  request: NodeFetch,
): Promise<Response> {
  const { signal } = request;
  const ender = new AbortController();
  const leave = (): void => {
    ender.abort();
  };
  if (hasLeft(signal)) throw new ApiError('client_closed_request');
  signal?.addEventListener('abort', leave, { once: true });
  const timer = setTimeout(() => {
    ender.abort(LATE);
  }, request.timeoutMs);
  const init: RequestInit = {
    method: request.method,
    headers: request.headers,
    redirect: 'manual',
    signal: ender.signal,
  };
  if (request.body !== undefined) init.body = request.body;
  const url = config.nodeOrigin + request.path;
  try {
    const response = await (env.NODE === undefined ? fetch(url, init) : env.NODE.fetch(url, init));
    if (response.status < 300 || response.status >= 400) return response;
    await response.body?.cancel();
  } catch {
    if (ender.signal.reason === LATE)
      throw new ApiError('node_timeout', { reason: `no headers within ${request.timeoutMs} ms` });
    if (hasLeft(signal)) throw new ApiError('client_closed_request');
    throw new ApiError('node_offline', { reason: 'the connection to the node failed' });
  } finally {
    clearTimeout(timer);
  }
  throw new ApiError('node_error', { reason: 'the node answered with a redirect' });
}

function hasLeft(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
