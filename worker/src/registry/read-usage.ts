// Who used what: of one user (or of one key, which has one) from its Account, to the last settled call; of all from the
// roll-ups.
import type { UsageQuery, UsageReport } from '../../../protocol/admin/usage.ts';
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import type { RegistryAnswer } from '../../../protocol/objects/registry-administration.ts';
import { beginOfHour, SECONDS_PER_DAY, SECONDS_PER_HOUR } from '../usage/calendar.ts';
import { groupUsage, usageFilter } from '../usage/group-usage.ts';
import type { AccountAccess } from './account-access.ts';
import { accept, refuse } from './registry-answer.ts';
import type { UsageRollups } from './usage-rollups.ts';
import type { UserDirectory } from './user-directory.ts';

const DEFAULT_RANGE_SECONDS = 30 * SECONDS_PER_DAY;

export type UsageParts = { users: UserDirectory; accounts: AccountAccess; rollups: UsageRollups };
type Sums = { sums: Iterable<UsageOfHour>; complete: boolean };

/** `now` in Unix seconds. */
export async function readUsage(
  parts: UsageParts,
  query: UsageQuery,
  now: number,
): Promise<RegistryAnswer<UsageReport>> {
  const { group_by: groupBy = [] } = query;
  const { from, to } = hoursOf(query, now);
  const read = await readSums(parts, query, from, to);
  if (!read.ok) return read;
  const { data, complete } = groupUsage(read.value.sums, groupBy, usageFilter(query));
  return accept({ object: 'usage', from, to, group_by: groupBy, data, complete: complete && read.value.complete });
}

async function readSums(
  { users, accounts, rollups }: UsageParts,
  { user_id: userId, key_id: keyId }: UsageQuery,
  from: number,
  to: number,
): Promise<RegistryAnswer<Sums>> {
  const id = userId ?? (keyId === undefined ? null : accountOfKeyId(keyId));
  if (id === null) return accept({ sums: rollups.readRange(from, to), complete: true });
  if (!users.wasEver(id)) return refuse(userId === undefined ? 'key_not_found' : 'user_not_found');
  const answer = await accounts.reach(id, (account) => account.readUsage(from, to));
  return answer === null ? refuse('account_unavailable') : accept(answer);
}

/** Whole hours: the one that `from` lies in is the first, the one that the last second lies in is the last. */
function hoursOf(query: UsageQuery, now: number): { from: number; to: number } {
  const to = query.to ?? now + 1;
  const from = query.from ?? Math.max(0, to - DEFAULT_RANGE_SECONDS);
  return { from: beginOfHour(from), to: beginOfHour(to - 1) + SECONDS_PER_HOUR };
}
