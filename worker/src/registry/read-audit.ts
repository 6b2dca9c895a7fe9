// The audit chains: the Registry's own, and those of the accounts, which keep theirs themselves. A deleted user's chain stays
// readable.
import type { RegistryAdministration } from '../../../protocol/objects/registry-administration.ts';
import type { AccountAccess } from './account-access.ts';
import type { AuditHeads } from './audit-heads.ts';
import { accept, refuse } from './registry-answer.ts';
import type { RegistryAudit } from './registry-audit.ts';
import type { UserDirectory } from './user-directory.ts';

const OWN_CHAIN = 'registry';

export type AuditParts = { users: UserDirectory; accounts: AccountAccess; audit: RegistryAudit; heads: AuditHeads };

/** `chain`: `registry`, or a user's id. */
export async function listAudit(
  { users, accounts, audit }: AuditParts,
  chain: string,
  limit: number,
  before: number | null,
): ReturnType<RegistryAdministration['listAudit']> {
  if (chain === OWN_CHAIN) return accept(audit.list(limit, before));
  if (!users.wasEver(chain)) return refuse('user_not_found');
  const page = await accounts.reach(chain, (account) => account.listAudit(limit, before));
  return page === null ? refuse('account_unavailable') : accept(page);
}

/** Compares each chain with the head that the other side keeps: KV that of the Registry, the Registry those of the accounts. */
export async function verifyAudit(
  { users, accounts, audit, heads }: AuditParts,
  chain: string,
): ReturnType<RegistryAdministration['verifyAudit']> {
  if (chain === OWN_CHAIN) return accept({ chain, ...(await audit.verify()) });
  if (!users.wasEver(chain)) return refuse('user_not_found');
  const verdict = await accounts.reach(chain, (account) => account.verifyAudit(heads.read(chain)));
  return verdict === null ? refuse('account_unavailable') : accept({ chain, ...verdict });
}
