// The admin API as the benchmark uses it: makes users and keys, and asks for pages of keys.
import type * as z from 'zod';
import { apiKeyPageSchema, createdApiKeySchema, reconciledKeysSchema } from '../../protocol/admin/admin-key.ts';
import { newAdminNodeSchema } from '../../protocol/admin/admin-node.ts';
import { userSchema } from '../../protocol/admin/admin-user.ts';
import type { Limits } from '../../protocol/admin/limits.ts';
import type { AdminAccess } from './peer.ts';

export type KeyPage = z.output<typeof apiKeyPageSchema>;

export class AdminRequests {
  readonly #access: AdminAccess;

  constructor(access: AdminAccess) {
    this.#access = access;
  }

  /** Resolves to the user's id. */
  async createUser(name: string, limits: Limits | null = null): Promise<string> {
    return userSchema.parse(JSON.parse(await this.#send('POST', '/admin/users', { name, limits }))).id;
  }

  /** Resolves to the key's secret. */
  async createKey(userId: string, name: string, limits: Limits | null = null): Promise<string> {
    const text = await this.#send('POST', '/admin/keys', { user_id: userId, name, limits });
    return createdApiKeySchema.parse(JSON.parse(text)).key;
  }

  /** Resolves to the node's token. */
  async createNode(id: string): Promise<string> {
    return newAdminNodeSchema.parse(JSON.parse(await this.#send('POST', '/admin/nodes', { id }))).token;
  }

  /** A page of keys, and how long it took until all of it was here, in milliseconds. */
  async timeKeyPage(query: Record<string, string>): Promise<{ page: KeyPage; ms: number }> {
    const begin = performance.now();
    const text = await this.#send('GET', `/admin/keys?${new URLSearchParams(query).toString()}`);
    const ms = performance.now() - begin;
    return { page: apiKeyPageSchema.parse(JSON.parse(text)), ms };
  }

  /** Resolves when the index of keys is as it should be. */
  async untilIndexed(): Promise<void> {
    for (;;) {
      const text = await this.#send('POST', '/admin/reconcile', { dry_run: true });
      const { missing, users } = reconciledKeysSchema.parse(JSON.parse(text));
      if (missing === 0 && users > 0) return;
    }
  }

  async #send(method: string, path: string, body?: object): Promise<string> {
    const headers = { authorization: `Bearer ${this.#access.token}`, 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(this.#access.origin + path, init);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  }
}
