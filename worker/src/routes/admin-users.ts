// `/admin/users`: who owns keys. Behind an admin token.
import * as z from 'zod';
import {
  createUserSchema,
  deletedUserSchema,
  listUsersQuerySchema,
  updateUserSchema,
  upsertUserSchema,
  userIdSchema,
  userPageSchema,
  userSchema,
} from '../../../protocol/admin/admin-user.ts';
import { ACCOUNT_ID_LENGTH, randomId } from '../../../protocol/credentials/credential.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { auditActor } from './audit-actor.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';
import { renderPage } from './render-page.ts';
import { renderUser } from './render-user.ts';

const params = z.object({ id: userIdSchema });
const userResponse = { 200: { description: 'The user.', schema: userSchema } };

const createUserRoute = defineRoute({
  method: 'POST',
  path: '/admin/users',
  access: 'admin',
  tag: 'Users',
  summary: 'Creates a user.',
  description: 'A name or external id that another user has is answered with 409.',
  request: { body: createUserSchema },
  responses: userResponse,
  async handler(context, { body, caller }) {
    const { name, external_id: externalId = null, limits = null, metadata = {} } = body;
    const user = { id: randomId(ACCOUNT_ID_LENGTH), name, externalId, limits, metadata };
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.createUser(user, actor));
    return Response.json(renderUser(acceptedOrThrow(answer)));
  },
});

const upsertUserRoute = defineRoute({
  method: 'PUT',
  path: '/admin/users',
  access: 'admin',
  tag: 'Users',
  summary: 'Changes the user with an external id, or creates it.',
  description:
    'For a user system that pushes its users here: it may repeat itself. A name that another user has is 409.',
  request: { body: upsertUserSchema },
  responses: userResponse,
  async handler(context, { body, caller }) {
    const { name, external_id: externalId, disabled, limits, metadata } = body;
    const user = { name, externalId, disabled, limits, metadata };
    const id = randomId(ACCOUNT_ID_LENGTH);
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.upsertUser(id, user, actor));
    return Response.json(renderUser(acceptedOrThrow(answer)));
  },
});

const listUsersRoute = defineRoute({
  method: 'GET',
  path: '/admin/users',
  access: 'admin',
  tag: 'Users',
  summary: 'Lists the users, newest first.',
  request: { query: listUsersQuerySchema },
  responses: { 200: { description: 'A page of users.', schema: userPageSchema } },
  async handler(context, { query: { limit, after = null, q: search = null, external_id: externalId = null } }) {
    const filter = { search, externalId };
    const answer = await askRegistry(context.env, (registry) => registry.listUsers({ limit, after }, filter));
    return Response.json(renderPage(acceptedOrThrow(answer), renderUser));
  },
});

const showUserRoute = defineRoute({
  method: 'GET',
  path: '/admin/users/:id',
  access: 'admin',
  tag: 'Users',
  summary: 'Shows a user.',
  request: { params },
  responses: userResponse,
  async handler(context, { params: { id } }) {
    const answer = await askRegistry(context.env, (registry) => registry.showUser(id));
    return Response.json(renderUser(acceptedOrThrow(answer)));
  },
});

const updateUserRoute = defineRoute({
  method: 'PATCH',
  path: '/admin/users/:id',
  access: 'admin',
  tag: 'Users',
  summary: 'Changes a user.',
  description: 'A user that is disabled has no call let in from the moment of the answer, with any of its keys.',
  request: { params, body: updateUserSchema },
  responses: userResponse,
  async handler(context, { params: { id }, body, caller }) {
    const { name, external_id: externalId, disabled, limits, metadata } = body;
    const change = { name, externalId, disabled, limits, metadata };
    const actor = auditActor(context, caller);
    const answer = await askRegistry(context.env, (registry) => registry.updateUser(id, change, actor));
    return Response.json(renderUser(acceptedOrThrow(answer)));
  },
});

const deleteUserRoute = defineRoute({
  method: 'DELETE',
  path: '/admin/users/:id',
  access: 'admin',
  tag: 'Users',
  summary: 'Deletes a user.',
  description:
    'Answered with 409 while the user has keys that are not revoked. Its name and external id become free; its usage and its ' +
    'audit entries can be asked for still.',
  request: { params },
  responses: { 200: { description: 'It is deleted.', schema: deletedUserSchema } },
  async handler(context, { params: { id }, caller }) {
    const actor = auditActor(context, caller);
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.deleteUser(id, actor)));
    return Response.json({ object: 'user', id, deleted: true } satisfies z.infer<typeof deletedUserSchema>);
  },
});

export const adminUserRoutes: readonly AnyRoute[] = [
  createUserRoute,
  upsertUserRoute,
  listUsersRoute,
  showUserRoute,
  updateUserRoute,
  deleteUserRoute,
];
