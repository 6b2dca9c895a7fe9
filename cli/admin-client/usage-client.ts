// `/admin/usage`.
import { usageReportSchema, type UsageGroup, type UsageReport } from '../../protocol/admin/usage.ts';
import { adminRequest, adminTextRequest, type AdminTarget } from './admin-request.ts';
import { queryText } from './query-text.ts';

export type UsageOptions = {
  groupBy: readonly UsageGroup[];
  /** Unix times in seconds. */
  from?: number | undefined;
  to?: number | undefined;
  userId?: string | undefined;
  keyId?: string | undefined;
  model?: string | undefined;
};

export class UsageClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  read(options: UsageOptions): Promise<UsageReport> {
    return adminRequest(this.#target, { method: 'GET', path: usagePath(options), answer: usageReportSchema });
  }

  /** The same as CSV, as the gateway writes it. */
  readCsv(options: UsageOptions): Promise<string> {
    return adminTextRequest(this.#target, usagePath(options, 'csv'));
  }
}

function usagePath({ groupBy, from, to, userId, keyId, model }: UsageOptions, format?: 'csv'): string {
  const group_by = groupBy.length === 0 ? undefined : groupBy.join(',');
  return `/admin/usage${queryText({ from, to, group_by, user_id: userId, key_id: keyId, model, format })}`;
}
