// Opens the Account of a user that the Registry has written down: the same answer each time, so it may be repeated.
import type { AccountAdministration, AccountState } from '../../../protocol/objects/account-administration.ts';
import type { UserRecord } from '../../../protocol/objects/registry-administration.ts';

/** Resolves to the account's state, which is then the user's. */
export async function openUserAccount(account: AccountAdministration, user: UserRecord): Promise<AccountState> {
  const state = await account.openAccount(user.id, user.createdAt, user.limits);
  if (!user.disabled) return state;
  const answer = await account.updateAccount({ disabled: true });
  if (!answer.ok) throw new Error('an account that was just opened is not there');
  return answer.value;
}
