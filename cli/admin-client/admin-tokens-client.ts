// `/admin/tokens`, and the reset of the token that one holds. A token is in the answer that made it and in no other.
import {
  adminTokenListSchema,
  newAdminTokenSchema,
  revokedAdminTokenSchema,
  type AdminToken,
  type CreateAdminToken,
  type NewAdminToken,
} from '../../protocol/admin/admin-token.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';

export class AdminTokensClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  create(body: CreateAdminToken): Promise<NewAdminToken> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/tokens', body, answer: newAdminTokenSchema });
  }

  list(): Promise<{ object: 'list'; data: AdminToken[] }> {
    return adminRequest(this.#target, { method: 'GET', path: '/admin/tokens', answer: adminTokenListSchema });
  }

  /** The former token works on for `graceSeconds`. */
  rotate(id: string, graceSeconds: number): Promise<NewAdminToken> {
    const body = { grace_seconds: graceSeconds };
    const call = { method: 'POST', path: `${tokenPath(id)}/rotate`, body, answer: newAdminTokenSchema } as const;
    return adminRequest(this.#target, call);
  }

  revoke(id: string): Promise<{ id: string; revoked: true }> {
    const call = { method: 'POST', path: `${tokenPath(id)}/revoke`, answer: revokedAdminTokenSchema } as const;
    return adminRequest(this.#target, call);
  }

  /** Replaces the token that this client uses. */
  reset(): Promise<NewAdminToken> {
    return adminRequest(this.#target, { method: 'POST', path: '/admin/token/reset', answer: newAdminTokenSchema });
  }
}

function tokenPath(id: string): string {
  return `/admin/tokens/${encodeURIComponent(id)}`;
}
