// `/admin/audit`. A chain is `registry` or a user's id.
import {
  auditPageSchema,
  auditVerificationSchema,
  type AuditPage,
  type AuditVerification,
} from '../../protocol/admin/audit.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';
import { queryText } from './query-text.ts';

export type AuditListOptions = { limit?: number | undefined; before?: number | undefined };

export class AuditClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  list(chain: string, { limit, before }: AuditListOptions): Promise<AuditPage> {
    const path = `/admin/audit${queryText({ chain, limit, before })}`;
    return adminRequest(this.#target, { method: 'GET', path, answer: auditPageSchema });
  }

  verify(chain: string): Promise<AuditVerification> {
    const path = `/admin/audit/verify${queryText({ chain })}`;
    return adminRequest(this.#target, { method: 'GET', path, answer: auditVerificationSchema });
  }
}
