// `/admin/users`.
import type { Page } from '../../protocol/admin/admin-list.ts';
import { deletedUserSchema, userPageSchema, userSchema } from '../../protocol/admin/admin-user.ts';
import type { CreateUser, UpdateUser, UpsertUser, User } from '../../protocol/admin/admin-user.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';
import { queryText } from './query-text.ts';

export type UserListOptions = {
  limit?: number | undefined;
  after?: string | undefined;
  search?: string | undefined;
  externalId?: string | undefined;
};

export class UsersClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  create(body: CreateUser): Promise<User> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/users', body, answer: userSchema });
  }

  /** Changes the user with this external id, or makes it. */
  upsert(body: UpsertUser): Promise<User> {
    return adminRequest(this.#target, { method: 'PUT', path: '/admin/users', body, answer: userSchema });
  }

  list({ limit, after, search, externalId }: UserListOptions = {}): Promise<Page<User>> {
    const query = queryText({ limit, after, q: search, external_id: externalId });
    return adminRequest(this.#target, { method: 'GET', path: `/admin/users${query}`, answer: userPageSchema });
  }

  get(id: string): Promise<User> {
    return adminRequest(this.#target, { method: 'GET', path: userPath(id), answer: userSchema });
  }

  update(id: string, body: UpdateUser): Promise<User> {
    return adminRequest(this.#target, { method: 'PATCH', path: userPath(id), body, answer: userSchema });
  }

  delete(id: string): Promise<{ id: string; deleted: true }> {
    return adminRequest(this.#target, { method: 'DELETE', path: userPath(id), answer: deletedUserSchema });
  }
}

function userPath(id: string): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}
