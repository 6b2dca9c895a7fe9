// `/admin/users`: who owns keys. Behind the admin token.
import { z } from 'zod';
import {
  createUserSchema,
  listUsersQuerySchema,
  updateUserSchema,
  userIdSchema,
  userPageSchema,
  userSchema,
} from '../../../protocol/admin/admin-user.ts';
import { ACCOUNT_ID_LENGTH, randomId } from '../../../protocol/credentials/credential.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
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
  async handler(context, { body }) {
    const { name, external_id: externalId = null, metadata = {} } = body;
    const user = { id: randomId(ACCOUNT_ID_LENGTH), name, externalId, metadata };
    const answer = await askRegistry(context.env, (registry) => registry.createUser(user));
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
  async handler(context, { query: { limit, after = null } }) {
    const answer = await askRegistry(context.env, (registry) => registry.listUsers({ limit, after }));
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
  async handler(context, { params: { id }, body }) {
    const { name, external_id: externalId, disabled, metadata } = body;
    const change = { name, externalId, disabled, metadata };
    const answer = await askRegistry(context.env, (registry) => registry.updateUser(id, change));
    return Response.json(renderUser(acceptedOrThrow(answer)));
  },
});

export const adminUserRoutes: readonly AnyRoute[] = [createUserRoute, listUsersRoute, showUserRoute, updateUserRoute];
