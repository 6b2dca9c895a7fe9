// Compares the index in KV with the truth, for some users at a time, so that every step ends in bounded time.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { RegistryAdministration } from '../../../protocol/objects/registry-administration.ts';
import type { AccountAccess } from './account-access.ts';
import { accept, refuse } from './registry-answer.ts';
import type { RegistryAudit } from './registry-audit.ts';
import type { UserDirectory } from './user-directory.ts';

/** Accounts that are asked together. */
const BATCH_SIZE = 16;

export type ReconciliationParts = { users: UserDirectory; accounts: AccountAccess; audit: RegistryAudit };

/** From the user after `after`, deleted ones included. Mends unless `dryRun`; what was mended is an audit entry. */
export async function reconcileKeys(
  { users, accounts, audit }: ReconciliationParts,
  after: string | null,
  dryRun: boolean,
  actor: AuditActor,
): ReturnType<RegistryAdministration['reconcileKeys']> {
  const ids = users.idsAfter(after, BATCH_SIZE + 1);
  if (ids === null) return refuse('unknown_cursor');
  const batch = ids.slice(0, BATCH_SIZE);
  const answers = await Promise.all(batch.map((id) => accounts.reach(id, (account) => account.reconcileIndex(dryRun))));
  const sums = { secrets: 0, missing: 0, superfluous: 0 };
  for (const answer of answers) {
    sums.secrets += answer?.secrets ?? 0;
    sums.missing += answer?.missing ?? 0;
    sums.superfluous += answer?.superfluous ?? 0;
  }
  const { missing, superfluous } = sums;
  if (!dryRun && missing + superfluous > 0) {
    const after = { missing, superfluous, users: batch.filter((_id, place) => hasWork(answers[place])) };
    audit.append({ actor, action: 'index.reconcile', target: 'registry', before: null, after });
  }
  if (answers.includes(null)) return refuse('account_unavailable');
  return accept({ users: batch.length, ...sums, last_id: batch.at(-1) ?? null, has_more: ids.length > BATCH_SIZE });
}

function hasWork(answer: { missing: number; superfluous: number } | null | undefined): boolean {
  return answer !== null && answer !== undefined && answer.missing + answer.superfluous > 0;
}
