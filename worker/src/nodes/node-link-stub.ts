// The one home of the stubs of NodeLink objects: one for each node, by its id.
import type { GatewayEnv } from '../gateway-env.ts';
import { logEvent } from '../objects/log-event.ts';
import { LINK_FAILURE_HEADER, LINK_TOKEN_DIGEST_HEADER } from './link-headers.ts';

/** Nobody's: only the path counts. */
export const LINK_ORIGIN = 'https://node.link';

/** The node has no link, or its link broke under the call. */
export class LinkFailure extends Error {
  override readonly name = 'LinkFailure';
}

/** Opens the link of a node whose token was found good: the socket that the node is to be given. */
export async function openNodeLink(env: GatewayEnv, nodeId: string, tokenDigest: string): Promise<WebSocket | null> {
  const headers = { upgrade: 'websocket', [LINK_TOKEN_DIGEST_HEADER]: tokenDigest };
  const { webSocket } = await env.NODE_LINK.getByName(nodeId).fetch(LINK_ORIGIN, { headers });
  return webSocket;
}

/** Sends a call over the link of a node. Rejects with a `LinkFailure` when none brings an answer. */
export async function fetchOverLink(
  env: GatewayEnv,
  nodeId: string,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const response = await env.NODE_LINK.getByName(nodeId).fetch(url, init);
  const failure = response.headers.get(LINK_FAILURE_HEADER);
  if (failure !== null) throw new LinkFailure(failure);
  return response;
}

/** Lets the links of these nodes close when their calls have ended, for the gateway is about to stop. Never rejects. */
export async function retireNodeLinks(env: GatewayEnv, nodeIds: readonly string[]): Promise<void> {
  await Promise.allSettled(nodeIds.map((nodeId) => env.NODE_LINK.getByName(nodeId).retire()));
}

/** Closes the link when its token has ended. Never rejects: an object that cannot be asked now looks for itself, within a minute. */
export async function checkLinkToken(env: GatewayEnv, nodeId: string): Promise<void> {
  try {
    await env.NODE_LINK.getByName(nodeId).checkToken();
  } catch (problem) {
    logEvent('node_link_unchecked', {}, problem);
  }
}
