// The access rule of the link's route: a node token that the Registry knows. Every way of having none gets the very same 401.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { bearerDigest } from './bearer-digest.ts';
import type { GatewayContext } from './gateway-context.ts';

/** Which node calls, and the digest of the token by which it was known. */
export type NodeIdentity = { nodeId: string; tokenDigest: string };

/** Throws `invalid_node_token`, or `rate_limit_exceeded` after too many such from one address. */
export async function requireNode(context: GatewayContext): Promise<NodeIdentity> {
  const presented = await bearerDigest('node-token', context.req.raw.headers, context.get('config'), (digest) => {
    context.get('attempt').begin('node-token', digest);
  });
  if (!presented.ok) throw new ApiError('invalid_node_token', { reason: presented.reason });
  const node = await askRegistry(context.env, (registry) => registry.authenticateNode(presented.digest));
  if (node === null) throw new ApiError('invalid_node_token', { reason: 'unknown_token' });
  return { nodeId: node.nodeId, tokenDigest: presented.digest };
}
