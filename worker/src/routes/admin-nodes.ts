// `/admin/nodes`: which nodes the gateway gives calls to, and how it reaches them. Behind an admin token. A node's token leaves once, with
// the answer that made it.
import * as z from 'zod';
import {
  addedAdminNodeSchema,
  adminNodeListSchema,
  adminNodeSchema,
  createNodeSchema,
  deletedNodeSchema,
  nodePlace,
  newAdminNodeSchema,
  rotateNodeSchema,
  updateNodeSchema,
  type AddedAdminNode,
  type AdminNode,
  type CreateNode,
  type NodePlace,
  type NewAdminNode,
} from '../../../protocol/admin/admin-node.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import type { NodeChange, OriginServer } from '../../../protocol/objects/registry-administration.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';
import { lookAtNodes } from '../nodes/look-at-nodes.ts';
import { checkLinkToken } from '../nodes/node-link-stub.ts';
import { forgetNodeList, recordsSince } from '../nodes/node-list.ts';
import { sealBearer } from '../openai-origin/bearer-seal.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { auditActor } from './audit-actor.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
import { mintSecret } from './mint-secret.ts';
import { renderNode } from './render-node.ts';

const params = z.object({ id: nodeIdSchema });
const nodeResponse = { 200: { description: 'The node.', schema: adminNodeSchema } };

const listNodesRoute = defineRoute({
  method: 'GET',
  path: '/admin/nodes',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Lists the nodes, with what they are doing now.',
  responses: { 200: { description: 'All of them, that of the settings first.', schema: adminNodeListSchema } },
  async handler(context) {
    return Response.json({ object: 'list', data: await readNodes(context) });
  },
});

const showNodeRoute = defineRoute({
  method: 'GET',
  path: '/admin/nodes/:id',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Shows a node, with what it is doing now.',
  request: { params },
  responses: nodeResponse,
  handler: async (context, { params: { id } }) => Response.json(await readNode(context, id)),
});

const createNodeRoute = defineRoute({
  method: 'POST',
  path: '/admin/nodes',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Adds a node.',
  description:
    'With neither `origin` nor `openai` it is given a token, and dials in. At an origin it knows the calls of this gateway by their ' +
    'signatures; a server of another maker (`openai`) is shown its bearer.',
  request: { body: createNodeSchema },
  responses: { 200: { description: 'The node, with its token.', schema: addedAdminNodeSchema } },
  async handler(context, { body, caller }) {
    const { id, models = null, weight } = body;
    const { kind, origin } = placeOrThrow(body);
    const secret = kind === 'link' ? await mintSecret('node-token', randomId(), context.get('config')) : null;
    const server = kind === 'openai' ? await describeServer(context, body) : null;
    const node = { nodeId: id, kind, origin, server, models, weight, digest: secret?.digest ?? null };
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.createNode(node, actor)));
    const token = secret?.text ?? null;
    return Response.json({ ...(await readChanged(context, id)), token } satisfies AddedAdminNode);
  },
});

const updateNodeRoute = defineRoute({
  method: 'PATCH',
  path: '/admin/nodes/:id',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Changes what a node is given.',
  description: 'A node that is draining finishes what it has and gets no new calls.',
  request: { params, body: updateNodeSchema },
  responses: nodeResponse,
  async handler(context, { params: { id }, body, caller }) {
    const change: NodeChange = {};
    if (body.models !== undefined) change.models = body.models;
    if (body.weight !== undefined) change.weight = body.weight;
    if (body.draining !== undefined) change.draining = body.draining;
    if (body.bearer !== undefined) change.sealedBearer = await seal(context, id, body.bearer);
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.updateNode(id, change, actor)));
    return Response.json(await readChanged(context, id));
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
  responses: { 200: { description: 'The node, with its new token.', schema: newAdminNodeSchema } },
  async handler(context, { params: { id }, body: { grace_seconds: graceSeconds }, caller }) {
    const { text, digest } = await mintSecret('node-token', randomId(), context.get('config'));
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.rotateNode(id, digest, graceSeconds, actor)));
    await checkLinkToken(context.env, id);
    return Response.json({ ...(await readChanged(context, id)), token: text } satisfies NewAdminNode);
  },
});

const deleteNodeRoute = defineRoute({
  method: 'DELETE',
  path: '/admin/nodes/:id',
  access: 'admin',
  tag: 'Nodes',
  summary: 'Removes a node, and its token, at once.',
  description: 'Its id becomes free.',
  request: { params },
  responses: { 200: { description: 'It is gone.', schema: deletedNodeSchema } },
  async handler(context, { params: { id }, caller }) {
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.deleteNode(id, actor)));
    await checkLinkToken(context.env, id);
    await renewList(context);
    return Response.json({ object: 'node', id, deleted: true } satisfies z.infer<typeof deletedNodeSchema>);
  },
});

export const adminNodeRoutes: readonly AnyRoute[] = [
  listNodesRoute,
  showNodeRoute,
  createNodeRoute,
  updateNodeRoute,
  rotateNodeRoute,
  deleteNodeRoute,
];

function placeOrThrow(node: CreateNode): Extract<NodePlace, { ok: true }> {
  const place = nodePlace(node);
  if (!place.ok) throw new ApiError('invalid_value', { param: place.field, message: place.problem });
  return place;
}

async function describeServer(context: GatewayContext, node: CreateNode): Promise<OriginServer> {
  const { id, bearer = null, context_length: contextLength, max_tokens: maxTokens, sequences } = node;
  return {
    sealedBearer: await seal(context, id, bearer),
    contextLength: contextLength ?? null,
    maxTokens: maxTokens ?? null,
    sequences: sequences ?? null,
  };
}

async function seal(context: GatewayContext, id: string, bearer: string | null): Promise<string | null> {
  return bearer === null ? null : sealBearer(context.get('config'), id, bearer);
}

/** This isolate sees the change at once; others within two seconds, or at the first call after longer. */
async function readChanged(context: GatewayContext, id: string): Promise<AdminNode> {
  forgetNodeList(context.get('config'));
  return readNode(context, id);
}

/** The same where there is nothing to read: the directory hears of it, too. */
async function renewList(context: GatewayContext): Promise<void> {
  forgetNodeList(context.get('config'));
  await lookAtNodes(callOfContext(context), 'new', { nodes: [] });
}

async function readNode(context: GatewayContext, id: string): Promise<AdminNode> {
  const node = (await readNodes(context, id))[0];
  if (node === undefined) throw new ApiError('not_found', { message: 'There is no such node.' });
  return node;
}

async function readNodes(context: GatewayContext, id?: string): Promise<AdminNode[]> {
  const call = callOfContext(context);
  const begunAt = steadyNow();
  const views = await lookAtNodes(call, 'new', id === undefined ? 'all' : { nodes: [id] });
  const records = recordsSince(call.config, begunAt);
  return views.map((view) => {
    const { nodeId } = view.target;
    const record = records.find((one) => one.nodeId === nodeId) ?? null;
    return renderNode(view, record, nodeId === call.config.nodeId);
  });
}
