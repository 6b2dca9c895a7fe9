// `/admin/nodes`: which nodes may hold a link to this gateway. Behind an admin token. A node's token leaves once, with the answer
// that made it.
import { z } from 'zod';
import {
  adminNodeListSchema,
  createNodeSchema,
  deletedNodeSchema,
  newAdminNodeSchema,
  rotateNodeSchema,
  type AdminNode,
  type NewAdminNode,
} from '../../../protocol/admin/admin-node.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import { checkLinkToken } from '../nodes/node-link-stub.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { auditActor } from './audit-actor.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
import { mintSecret } from './mint-secret.ts';

const params = z.object({ id: nodeIdSchema });
const newNodeResponse = { 200: { description: 'The node, with its token.', schema: newAdminNodeSchema } };

const listNodesRoute = defineRoute({
  method: 'GET',
  path: '/admin/nodes',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Lists the nodes that have a token.',
  responses: { 200: { description: 'All of them, by id.', schema: adminNodeListSchema } },
  async handler(context) {
    const nodes = await askRegistry(context.env, (registry) => registry.listNodes());
    return Response.json({ object: 'list', data: nodes.map(renderNode) });
  },
});

const createNodeRoute = defineRoute({
  method: 'POST',
  path: '/admin/nodes',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Gives a node a token.',
  request: { body: createNodeSchema },
  responses: newNodeResponse,
  async handler(context, { body: { id }, caller }) {
    const { text, digest } = await mintSecret('node-token', randomId(), context.get('config'));
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.createNode(id, digest, actor));
    return answerNewToken(acceptedOrThrow(answer), text);
  },
});

const rotateNodeRoute = defineRoute({
  method: 'POST',
  path: '/admin/nodes/:id/rotate',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Gives a node a new token.',
  description:
    'The former one stops at once, or works on for the grace period that is given. One that was former before that ends now.',
  request: { params, body: rotateNodeSchema, mayLackBody: true },
  responses: newNodeResponse,
  async handler(context, { params: { id }, body: { grace_seconds: graceSeconds }, caller }) {
    const { text, digest } = await mintSecret('node-token', randomId(), context.get('config'));
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.rotateNode(id, digest, graceSeconds, actor));
    const node = acceptedOrThrow(answer);
    await checkLinkToken(context.env, id);
    return answerNewToken(node, text);
  },
});

const deleteNodeRoute = defineRoute({
  method: 'DELETE',
  path: '/admin/nodes/:id',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Takes a node its token, at once.',
  description: 'Its id becomes free.',
  request: { params },
  responses: { 200: { description: 'It is gone.', schema: deletedNodeSchema } },
  async handler(context, { params: { id }, caller }) {
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.deleteNode(id, actor)));
    await checkLinkToken(context.env, id);
    return Response.json({ object: 'node', id, deleted: true } satisfies z.infer<typeof deletedNodeSchema>);
  },
});

export const adminNodeRoutes: readonly AnyRoute[] = [listNodesRoute, createNodeRoute, rotateNodeRoute, deleteNodeRoute];

function answerNewToken(node: NodeRecord, text: string): Response {
  return Response.json({ ...renderNode(node), token: text } satisfies NewAdminNode);
}

function renderNode(node: NodeRecord): AdminNode {
  return {
    object: 'node',
    id: node.nodeId,
    created_at: node.createdAt,
    last_used_at: node.lastUsedAt,
    former_ends_at: node.formerEndsAt,
  };
}
