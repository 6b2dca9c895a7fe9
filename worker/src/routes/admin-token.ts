// `POST /admin/token/reset`: a new root admin token for the one that asks.
import { newAdminTokenSchema, type NewAdminToken } from '../../../protocol/admin/admin-token.ts';
import { mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { checkKeysOf } from '../keys/check-keys.ts';
import { adminTokenDigest } from '../middleware/admin-token-digest.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { defineRoute } from './define-route.ts';

export const resetAdminTokenRoute = defineRoute({
  method: 'POST',
  path: '/admin/token/reset',
  access: 'admin',
  tag: 'Gateway',
  summary: 'Replaces the root admin token.',
  description: 'The new token is in this answer and in no other. The old one stops at once.',
  responses: { 200: { description: 'The new token.', schema: newAdminTokenSchema } },
  async handler(context) {
    const { config } = context.var;
    const presented = await adminTokenDigest(context.req.raw.headers, config);
    if (!presented.ok) throw new ApiError('invalid_admin_token', { reason: presented.reason });
    const { text } = await mintCredential('admin-token', randomId(), await checkKeysOf(config));
    const digest = await sha256(text);
    const replaced = await askRegistry(context.env, (registry) => registry.resetRootToken(presented.digest, digest));
    // Two resets at the same time: the second one's token has just been replaced.
    if (!replaced) throw new ApiError('invalid_admin_token', { reason: 'not_the_root_token' });
    const answer: NewAdminToken = {
      object: 'admin_token',
      name: 'root',
      token: text,
      created_at: Math.floor(Date.now() / 1000),
    };
    return Response.json(answer);
  },
});
