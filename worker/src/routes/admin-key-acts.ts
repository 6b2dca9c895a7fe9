// `/admin/keys/{id}/…`: what is done to a key by a verb, and the check of the whole index. A rotation's new secret leaves once,
// with its answer.
import * as z from 'zod';
import {
  apiKeySchema,
  createdApiKeySchema,
  keyIdSchema,
  reconcileKeysSchema,
  reconciledKeysSchema,
  rotateKeySchema,
  type ReconciledKeys,
} from '../../../protocol/admin/admin-key.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import type { RegistryAdministration, RegistryAnswer } from '../../../protocol/objects/registry-administration.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { nowSeconds } from '../usage/calendar.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { auditActor } from './audit-actor.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
import { mintSecret } from './mint-secret.ts';
import { renderApiKey } from './render-api-key.ts';

const params = z.object({ id: keyIdSchema });
const keyResponse = { 200: { description: 'The key, without its secret.', schema: apiKeySchema } };

type KeyAct = {
  verb: string;
  summary: string;
  description: string;
  act: (registry: RegistryAdministration, id: string, actor: AuditActor) => Promise<RegistryAnswer<KeyRecord>>;
};

const actRoutes = [
  {
    verb: 'revoke',
    summary: 'Revokes an API key, for good.',
    description: 'No call that starts after the answer is let in with it. Revoking it again gives the same answer.',
    act: (registry, id, actor) => registry.revokeKey(id, actor),
  },
  {
    verb: 'disable',
    summary: 'Disables an API key until it is enabled again.',
    description: 'No call that starts after the answer is let in with it. Its secrets, limits and usage stay.',
    act: (registry, id, actor) => registry.setKeyDisabled(id, true, actor),
  },
  {
    verb: 'enable',
    summary: 'Enables an API key that was disabled.',
    description: 'It works from the moment of the answer. A revoked key is answered with 409.',
    act: (registry, id, actor) => registry.setKeyDisabled(id, false, actor),
  },
  {
    verb: 'finish-rotation',
    summary: 'Ends every former secret of an API key now.',
    description: 'None but the current secret works for calls that start after the answer.',
    act: (registry, id, actor) => registry.finishRotation(id, actor),
  },
] as const satisfies readonly KeyAct[];

function createActRoute({ verb, summary, description, act }: KeyAct): AnyRoute {
  return defineRoute({
    method: 'POST',
    path: `/admin/keys/:id/${verb}`,
    access: 'admin',
    tag: 'Keys',
    summary,
    description,
    request: { params },
    responses: keyResponse,
    async handler(context, { params: { id }, caller }) {
      const actor = auditActor(context, caller);
      const answer = await askRegistry(context.env, (registry) => act(registry, id, actor));
      return Response.json(renderApiKey(acceptedOrThrow(answer), nowSeconds()));
    },
  });
}

const rotateKeyRoute = defineRoute({
  method: 'POST',
  path: '/admin/keys/:id/rotate',
  access: 'admin',
  tag: 'Keys',
  summary: 'Gives an API key a new secret.',
  description:
    'The former secret works on for the grace period, a day by default; both share limits and usage. The new one is in this ' +
    'answer and in no other: when the answer is lost, rotate again.',
  request: { params, body: rotateKeySchema, mayLackBody: true },
  responses: { 200: { description: 'The key, with its new secret.', schema: createdApiKeySchema } },
  async handler(context, { params: { id }, body: { grace_seconds: graceSeconds }, caller }) {
    const { text, digest } = await mintSecret('api-key', id, context.get('config'));
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.rotateKey(id, digest, graceSeconds, actor));
    return Response.json({ ...renderApiKey(acceptedOrThrow(answer), nowSeconds()), key: text });
  },
});

const reconcileKeysRoute = defineRoute({
  method: 'POST',
  path: '/admin/reconcile',
  access: 'admin',
  tag: 'Keys',
  summary: 'Compares the index with the keys of some users, and mends it.',
  description:
    'Users in the order in which they were made, some at a time: go on with `after` set to `last_id` while `has_more`. With ' +
    '`dry_run` nothing is mended.',
  request: { body: reconcileKeysSchema, mayLackBody: true },
  responses: { 200: { description: 'What was found.', schema: reconciledKeysSchema } },
  async handler(context, { body: { after = null, dry_run: dryRun }, caller }) {
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.reconcileKeys(after, dryRun, actor));
    return Response.json({ object: 'reconciliation', ...acceptedOrThrow(answer) } satisfies ReconciledKeys);
  },
});

export const adminKeyActRoutes: readonly AnyRoute[] = [
  ...actRoutes.map(createActRoute),
  rotateKeyRoute,
  reconcileKeysRoute,
];
