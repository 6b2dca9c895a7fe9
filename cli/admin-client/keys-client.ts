// `/admin/keys`. What takes rights away is in force when its promise resolves.
import {
  apiKeyPageSchema,
  apiKeySchema,
  createdApiKeySchema,
  reconciledKeysSchema,
  type ApiKey,
  type CreatedApiKey,
  type CreateKey,
  type KeyStatus,
  type ReconciledKeys,
  type RotateKey,
  type UpdateKey,
} from '../../protocol/admin/admin-key.ts';
import type { Page } from '../../protocol/admin/admin-list.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';
import { queryText } from './query-text.ts';

export type KeyListOptions = {
  limit?: number | undefined;
  after?: string | undefined;
  userId?: string | undefined;
  search?: string | undefined;
  status?: KeyStatus | undefined;
  /** Only keys that are due for rotation. */
  rotationDue?: true | undefined;
};

/** What can be done to a key without saying more. */
export type KeyAct = 'disable' | 'enable' | 'revoke' | 'finish-rotation';

export class KeysClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  create(body: CreateKey): Promise<CreatedApiKey> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/keys', body, answer: createdApiKeySchema });
  }

  list({ limit, after, userId, search, status, rotationDue }: KeyListOptions = {}): Promise<Page<ApiKey>> {
    const query = queryText({ limit, after, user_id: userId, q: search, status, rotation_due: rotationDue });
    return adminRequest(this.#target, { method: 'GET', path: `/admin/keys${query}`, answer: apiKeyPageSchema });
  }

  get(id: string): Promise<ApiKey> {
    return adminRequest(this.#target, { method: 'GET', path: keyPath(id), answer: apiKeySchema });
  }

  update(id: string, body: UpdateKey): Promise<ApiKey> {
    return adminRequest(this.#target, { method: 'PATCH', path: keyPath(id), body, answer: apiKeySchema });
  }

  do(act: KeyAct, id: string): Promise<ApiKey> {
    return adminRequest(this.#target, { method: 'POST', path: `${keyPath(id)}/${act}`, answer: apiKeySchema });
  }

  /** Gives the key a new secret, which is in the answer. */
  rotate(id: string, body: RotateKey): Promise<CreatedApiKey> {
    const call = { method: 'POST', path: `${keyPath(id)}/rotate`, body, answer: createdApiKeySchema } as const;
    return adminRequest(this.#target, call);
  }

  /** One batch of users, from the one after `after`. */
  reconcile(after: string | undefined, dryRun: boolean): Promise<ReconciledKeys> {
    const body = { after, dry_run: dryRun };
    const call = { method: 'POST', path: '/admin/reconcile', body, answer: reconciledKeysSchema } as const;
    return adminRequest(this.#target, call);
  }
}

function keyPath(id: string): string {
  return `/admin/keys/${encodeURIComponent(id)}`;
}
