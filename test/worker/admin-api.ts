// The admin API as tests call it: through the Worker's own front door.
import { exports } from 'cloudflare:workers';
import { apiKeySchema, createdApiKeySchema, type ApiKey, type CreatedApiKey } from '../../protocol/admin/admin-key.ts';
import { newAdminTokenSchema, type AdminRole, type NewAdminToken } from '../../protocol/admin/admin-token.ts';
import { userSchema, type User } from '../../protocol/admin/admin-user.ts';
import { randomId } from '../../protocol/credentials/credential.ts';
import { TEST_ADMIN_TOKEN } from './test-bindings.ts';

const ORIGIN = 'http://gateway.test';

/** One request with the admin token. */
export async function callAdmin(
  method: string,
  path: string,
  body?: unknown,
  token = TEST_ADMIN_TOKEN,
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  return exports.default.fetch(new Request(ORIGIN + path, init));
}

/** A fresh user with a name of its own. */
export async function createUser(fields: Record<string, unknown> = {}): Promise<User> {
  const response = await callAdmin('POST', '/admin/users', { name: `user ${randomId()}`, ...fields });
  return userSchema.parse(await response.json());
}

/** A fresh key of a user, with its secret. */
export async function createKey(userId: string, fields: Record<string, unknown> = {}): Promise<CreatedApiKey> {
  const response = await callAdmin('POST', '/admin/keys', { user_id: userId, name: 'a key', ...fields });
  return createdApiKeySchema.parse(await response.json());
}

export async function readKey(id: string): Promise<ApiKey> {
  return apiKeySchema.parse(await (await callAdmin('GET', `/admin/keys/${id}`)).json());
}

/** A fresh admin token, with its secret. */
export async function createAdminToken(role: AdminRole, name = `token ${randomId()}`): Promise<NewAdminToken> {
  return newAdminTokenSchema.parse(await (await callAdmin('POST', '/admin/tokens', { name, role })).json());
}
