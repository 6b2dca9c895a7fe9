// `/admin/keys`: API keys, made, listed, shown and changed. Behind an admin token. A secret leaves once, with the answer that
// created it; the objects see its digest alone. What is done to a key by a verb is in admin-key-acts.ts.
import * as z from 'zod';
import {
  apiKeyPageSchema,
  apiKeySchema,
  createKeySchema,
  createdApiKeySchema,
  keyIdSchema,
  listKeysQuerySchema,
  updateKeySchema,
} from '../../../protocol/admin/admin-key.ts';
import { DEFAULT_PRIORITY } from '../../../protocol/admin/key-priority.ts';
import { ACCOUNT_ID_LENGTH, CREDENTIAL_ID_LENGTH, randomId } from '../../../protocol/credentials/credential.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { nowSeconds } from '../usage/calendar.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { auditActor } from './audit-actor.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
import { mintSecret } from './mint-secret.ts';
import { renderApiKey } from './render-api-key.ts';
import { renderPage } from './render-page.ts';

const params = z.object({ id: keyIdSchema });
const keyResponse = { 200: { description: 'The key, without its secret.', schema: apiKeySchema } };

const createKeyRoute = defineRoute({
  method: 'POST',
  path: '/admin/keys',
  access: 'admin',
  tag: 'Keys',
  summary: 'Creates an API key.',
  description: 'The key works from the moment of the answer. Its secret is in this answer and in no other.',
  request: { body: createKeySchema },
  responses: { 200: { description: 'The key, with its secret.', schema: createdApiKeySchema } },
  async handler(context, { body, caller }) {
    const keyId = body.user_id + randomId(CREDENTIAL_ID_LENGTH - ACCOUNT_ID_LENGTH);
    const { text, digest } = await mintSecret('api-key', keyId, context.get('config'));
    const key = {
      keyId,
      secretDigest: digest,
      name: body.name,
      models: body.models ?? null,
      scopes: body.scopes ?? null,
      addresses: body.addresses ?? null,
      limits: body.limits ?? null,
      metadata: body.metadata ?? {},
      expiresAt: body.expires_at ?? null,
      rotateAfter: body.rotate_after ?? null,
      priority: body.priority ?? DEFAULT_PRIORITY,
    };
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.createKey(key, actor));
    return Response.json({ ...renderApiKey(acceptedOrThrow(answer), nowSeconds()), key: text });
  },
});

const listKeysRoute = defineRoute({
  method: 'GET',
  path: '/admin/keys',
  access: 'admin',
  tag: 'Keys',
  summary: 'Lists the API keys, newest first.',
  description: 'Of one user, or of all. `last_used_at` may be a few minutes late in lists.',
  request: { query: listKeysQuerySchema },
  responses: { 200: { description: 'A page of keys.', schema: apiKeyPageSchema } },
  async handler(context, { query }) {
    const { limit, after = null, user_id: userId = null, q: search = null, status = null } = query;
    const filter = { userId, search, status, rotationDue: query.rotation_due ?? null };
    const answer = await askRegistry(context.env, (registry) => registry.listKeys({ limit, after }, filter));
    const now = nowSeconds();
    return Response.json(renderPage(acceptedOrThrow(answer), (key) => renderApiKey(key, now)));
  },
});

const showKeyRoute = defineRoute({
  method: 'GET',
  path: '/admin/keys/:id',
  access: 'admin',
  tag: 'Keys',
  summary: 'Shows an API key.',
  request: { params },
  responses: keyResponse,
  async handler(context, { params: { id } }) {
    const answer = await askRegistry(context.env, (registry) => registry.showKey(id));
    return Response.json(renderApiKey(acceptedOrThrow(answer), nowSeconds()));
  },
});

const updateKeyRoute = defineRoute({
  method: 'PATCH',
  path: '/admin/keys/:id',
  access: 'admin',
  tag: 'Keys',
  summary: 'Changes an API key.',
  description: 'Holds for every call that starts after the answer. A revoked key is answered with 409.',
  request: { params, body: updateKeySchema },
  responses: keyResponse,
  async handler(context, { params: { id }, body, caller }) {
    const { expires_at: expiresAt, rotate_after: rotateAfter, ...rest } = body;
    const change = { ...rest, expiresAt, rotateAfter };
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.updateKey(id, change, actor));
    return Response.json(renderApiKey(acceptedOrThrow(answer), nowSeconds()));
  },
});

export const adminKeyRoutes: readonly AnyRoute[] = [createKeyRoute, listKeysRoute, showKeyRoute, updateKeyRoute];
