// The admin API as functions: every path is here and nowhere else.
import { apiKeyPageSchema, apiKeySchema, createdApiKeySchema } from '../../protocol/admin/admin-key.ts';
import type { ApiKey, CreatedApiKey, CreateKey, UpdateKey } from '../../protocol/admin/admin-key.ts';
import type { Page } from '../../protocol/admin/admin-list.ts';
import { newAdminTokenSchema } from '../../protocol/admin/admin-token.ts';
import { userPageSchema, userSchema } from '../../protocol/admin/admin-user.ts';
import type { CreateUser, UpdateUser, User } from '../../protocol/admin/admin-user.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';

export type ListOptions = { limit?: number | undefined; after?: string | undefined; userId?: string | undefined };

export class AdminClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  createUser(body: CreateUser): Promise<User> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/users', body, answer: userSchema });
  }

  listUsers(options: ListOptions = {}): Promise<Page<User>> {
    return adminRequest(this.#target, { method: 'GET', path: `/admin/users${query(options)}`, answer: userPageSchema });
  }

  getUser(id: string): Promise<User> {
    return adminRequest(this.#target, { method: 'GET', path: userPath(id), answer: userSchema });
  }

  updateUser(id: string, body: UpdateUser): Promise<User> {
    return adminRequest(this.#target, { method: 'PATCH', path: userPath(id), body, answer: userSchema });
  }

  createKey(body: CreateKey): Promise<CreatedApiKey> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/keys', body, answer: createdApiKeySchema });
  }

  listKeys(options: ListOptions = {}): Promise<Page<ApiKey>> {
    return adminRequest(this.#target, {
      method: 'GET',
      path: `/admin/keys${query(options)}`,
      answer: apiKeyPageSchema,
    });
  }

  getKey(id: string): Promise<ApiKey> {
    return adminRequest(this.#target, { method: 'GET', path: keyPath(id), answer: apiKeySchema });
  }

  updateKey(id: string, body: UpdateKey): Promise<ApiKey> {
    return adminRequest(this.#target, { method: 'PATCH', path: keyPath(id), body, answer: apiKeySchema });
  }

  /** In force when this resolves. */
  revokeKey(id: string): Promise<ApiKey> {
    return adminRequest(this.#target, { method: 'POST', path: `${keyPath(id)}/revoke`, answer: apiKeySchema });
  }

  /** Replaces the admin token that this client uses; the answer's is the new one. */
  async resetToken(): Promise<string> {
    const call = { method: 'POST', path: '/admin/token/reset', answer: newAdminTokenSchema } as const;
    return (await adminRequest(this.#target, call)).token;
  }
}

function userPath(id: string): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}

function keyPath(id: string): string {
  return `/admin/keys/${encodeURIComponent(id)}`;
}

function query({ limit, after, userId }: ListOptions): string {
  const parameters = new URLSearchParams();
  if (limit !== undefined) parameters.set('limit', String(limit));
  if (after !== undefined) parameters.set('after', after);
  if (userId !== undefined) parameters.set('user_id', userId);
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
