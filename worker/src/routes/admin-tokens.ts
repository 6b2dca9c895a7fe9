// `/admin/tokens`: who may administer the gateway. Behind an admin token. A token leaves once, with the answer that made it.
import * as z from 'zod';
import {
  adminTokenIdSchema,
  adminTokenListSchema,
  createAdminTokenSchema,
  newAdminTokenSchema,
  revokedAdminTokenSchema,
  rotateAdminTokenSchema,
  type NewAdminToken,
} from '../../../protocol/admin/admin-token.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdminTokenRecord } from '../../../protocol/objects/registry-administration.ts';
import { bearerDigest } from '../middleware/bearer-digest.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { auditActor } from './audit-actor.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
import { mintSecret } from './mint-secret.ts';
import { renderAdminToken } from './render-admin-token.ts';

const params = z.object({ id: adminTokenIdSchema });
const newTokenResponse = { 200: { description: 'The token, with its secret.', schema: newAdminTokenSchema } };

const listTokensRoute = defineRoute({
  method: 'GET',
  path: '/admin/tokens',
  access: 'admin',
  tag: 'Admin tokens',
  summary: 'Lists the admin tokens.',
  responses: { 200: { description: 'All of them, the root token first.', schema: adminTokenListSchema } },
  async handler(context) {
    const tokens = await askRegistry(context.env, (registry) => registry.listAdminTokens());
    return Response.json({ object: 'list', data: tokens.map(renderAdminToken) });
  },
});

const createTokenRoute = defineRoute({
  method: 'POST',
  path: '/admin/tokens',
  access: 'admin',
  tag: 'Admin tokens',
  summary: 'Creates an admin token.',
  description: 'A `viewer` may read everything that the admin API shows, and change nothing.',
  request: { body: createAdminTokenSchema },
  responses: newTokenResponse,
  async handler(context, { body: { name, role }, caller }) {
    const id = randomId();
    const { text, digest } = await mintSecret('admin-token', id, context.get('config'));
    const actor = auditActor(context, caller);
    const token = { id, digest, name, role };
    const answer = await askRegistry(context.env, (registry) => registry.createAdminToken(token, actor));
    return answerNewToken(acceptedOrThrow(answer), text);
  },
});

const rotateTokenRoute = defineRoute({
  method: 'POST',
  path: '/admin/tokens/:id/rotate',
  access: 'admin',
  tag: 'Admin tokens',
  summary: 'Gives an admin token a new secret.',
  description:
    'The former one stops at once, or works on for the grace period that is given. One that was former before that ends now. ' +
    'The id of the root token is `root`.',
  request: { params, body: rotateAdminTokenSchema, mayLackBody: true },
  responses: newTokenResponse,
  async handler(context, { params: { id }, body: { grace_seconds: graceSeconds }, caller }) {
    const { text, digest } = await mintSecret('admin-token', id === ROOT_ID ? randomId() : id, context.get('config'));
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) =>
      registry.rotateAdminToken(id, digest, graceSeconds, actor),
    );
    return answerNewToken(acceptedOrThrow(answer), text);
  },
});

const revokeTokenRoute = defineRoute({
  method: 'POST',
  path: '/admin/tokens/:id/revoke',
  access: 'admin',
  tag: 'Admin tokens',
  summary: 'Revokes an admin token.',
  description: 'It stops at once. Revoking it again gives the same answer. The root token can be rotated only.',
  request: { params },
  responses: { 200: { description: 'It is revoked.', schema: revokedAdminTokenSchema } },
  async handler(context, { params: { id }, caller }) {
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.revokeAdminToken(id, actor)));
    return Response.json({ object: 'admin_token', id, revoked: true } satisfies z.infer<
      typeof revokedAdminTokenSchema
    >);
  },
});

const resetRootTokenRoute = defineRoute({
  method: 'POST',
  path: '/admin/token/reset',
  access: 'admin',
  tag: 'Admin tokens',
  summary: 'Replaces the root admin token, for whoever presents it.',
  description: 'The new token is in this answer and in no other. The old one stops at once.',
  responses: newTokenResponse,
  async handler(context, { caller }) {
    if (caller.tokenId !== ROOT_ID) {
      throw new ApiError('insufficient_permissions', {
        message: 'This is not the root token. Rotate the root token instead: POST /admin/tokens/root/rotate.',
      });
    }
    const { config } = context.var;
    const presented = await bearerDigest('admin-token', context.req.raw.headers, config);
    if (!presented.ok) throw new ApiError('invalid_admin_token', { reason: presented.reason });
    const { text, digest } = await mintSecret('admin-token', randomId(), config);
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) =>
      registry.resetRootToken(presented.digest, digest, actor),
    );
    // Two resets at the same time: the second one's token has just been replaced.
    if (!answer.ok) throw new ApiError('invalid_admin_token', { reason: 'not_the_current_root_token' });
    return answerNewToken(answer.value, text);
  },
});

export const adminTokenRoutes: readonly AnyRoute[] = [
  listTokensRoute,
  createTokenRoute,
  rotateTokenRoute,
  revokeTokenRoute,
  resetRootTokenRoute,
];

const ROOT_ID = 'root';

function answerNewToken(token: AdminTokenRecord, text: string): Response {
  return Response.json({ ...renderAdminToken(token), token: text } satisfies NewAdminToken);
}
