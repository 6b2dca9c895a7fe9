// `/admin/keys`: API keys, made, listed, changed and revoked. Behind the admin token. A secret leaves once, with the answer
// that created it; the objects see its digest alone.
import { z } from 'zod';
import {
  apiKeyPageSchema,
  apiKeySchema,
  createKeySchema,
  createdApiKeySchema,
  keyIdSchema,
  listKeysQuerySchema,
  updateKeySchema,
  type ApiKey,
} from '../../../protocol/admin/admin-key.ts';
import { mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { ACCOUNT_ID_LENGTH, CREDENTIAL_ID_LENGTH, randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import { checkKeysOf } from '../keys/check-keys.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
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
  async handler(context, { body }) {
    const { user_id: userId, name, models = null, metadata = {}, expires_at: expiresAt = null } = body;
    const keyId = userId + randomId(CREDENTIAL_ID_LENGTH - ACCOUNT_ID_LENGTH);
    const { text } = await mintCredential('api-key', keyId, await checkKeysOf(context.get('config')));
    const key = { keyId, secretDigest: await sha256(text), name, models, metadata, expiresAt };
    const answer = await askRegistry(context.env, (registry) => registry.createKey(key));
    return Response.json({ ...render(acceptedOrThrow(answer)), key: text });
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
  async handler(context, { query: { limit, after = null, user_id: userId = null } }) {
    const answer = await askRegistry(context.env, (registry) => registry.listKeys({ limit, after }, userId));
    return Response.json(renderPage(acceptedOrThrow(answer), render));
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
    return Response.json(render(acceptedOrThrow(answer)));
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
  async handler(context, { params: { id }, body }) {
    const { name, models, metadata, expires_at: expiresAt } = body;
    const change = { name, models, metadata, expiresAt };
    const answer = await askRegistry(context.env, (registry) => registry.updateKey(id, change));
    return Response.json(render(acceptedOrThrow(answer)));
  },
});

const revokeKeyRoute = defineRoute({
  method: 'POST',
  path: '/admin/keys/:id/revoke',
  access: 'admin',
  tag: 'Keys',
  summary: 'Revokes an API key, for good.',
  description: 'No call that starts after the answer is let in with it. Revoking it again gives the same answer.',
  request: { params },
  responses: keyResponse,
  async handler(context, { params: { id } }) {
    const answer = await askRegistry(context.env, (registry) => registry.revokeKey(id));
    return Response.json(render(acceptedOrThrow(answer)));
  },
});

export const adminKeyRoutes: readonly AnyRoute[] = [
  createKeyRoute,
  listKeysRoute,
  showKeyRoute,
  updateKeyRoute,
  revokeKeyRoute,
];

function render(key: KeyRecord): ApiKey {
  return renderApiKey(key, Math.floor(Date.now() / 1000));
}
