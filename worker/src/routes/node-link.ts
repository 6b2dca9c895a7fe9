// `/_node/link`: where a node dials in. Without an upgrade it tells the node what it has to know; with one it opens the link.
import type * as z from 'zod';
import { LINK_PATH, linkHelloSchema } from '../../../protocol/node/node-link.ts';
import { openNodeLink } from '../nodes/node-link-stub.ts';
import { NODE_PROTOCOL_VERSION, OLDEST_NODE_PROTOCOL_VERSION } from '../../../protocol/node/protocol-version.ts';
import { publishedKeys } from '../nodes/published-keys.ts';
import { defineRoute } from './define-route.ts';

export const nodeLinkRoute = defineRoute({
  method: 'GET',
  path: LINK_PATH,
  access: 'node',
  tag: 'Nodes',
  summary: 'Where a node dials in.',
  description:
    'Behind a node token. With an upgrade to WebSocket it opens the link of the node (`hearthkey node` does).',
  responses: {
    200: { description: 'Whose token it is, and the keys that calls are signed with.', schema: linkHelloSchema },
  },
  async handler(context, { caller: { nodeId, tokenDigest } }) {
    if (context.req.header('upgrade')?.toLowerCase() === 'websocket') {
      return new Response(null, { status: 101, webSocket: await openNodeLink(context.env, nodeId, tokenDigest) });
    }
    return Response.json({
      object: 'node_link',
      node_id: nodeId,
      protocol_version: NODE_PROTOCOL_VERSION,
      oldest_protocol_version: OLDEST_NODE_PROTOCOL_VERSION,
      jwks: { keys: [...publishedKeys(context.get('config'))] },
    } satisfies z.infer<typeof linkHelloSchema>);
  },
});
