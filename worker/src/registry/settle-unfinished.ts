// What the Registry's alarm does about what broke off between Registry and Account. A user is completed, told its last change,
// or deleted, as was wanted; a key is undone, since its secret was never shown to anybody.
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import { logEvent } from '../objects/log-event.ts';
import { retryDelayMs } from '../objects/retry-delay.ts';
import type { AccountAccess } from './account-access.ts';
import { describeUser } from './describe-user.ts';
import type { KeyDirectory, PendingKey } from './key-directory.ts';
import { openUserAccount } from './open-user-account.ts';
import type { RegistryAudit } from './registry-audit.ts';
import type { UserDirectory } from './user-directory.ts';
import type { UnsettledUser } from './user-row.ts';

/** Of each kind, in one alarm. What is left is due at once again. */
const BATCH_SIZE = 32;

type UserParts = { storage: DurableObjectStorage; users: UserDirectory; audit: RegistryAudit };
export type UnfinishedParts = UserParts & { keys: KeyDirectory; accounts: AccountAccess };

/** Settles a batch of what is due. Never rejects for an account's failure: such work becomes due again later. */
export async function settleUnfinished(parts: UnfinishedParts, nowMs: number): Promise<void> {
  const { users, keys } = parts;
  await Promise.all([
    ...users.due(nowMs, BATCH_SIZE).map((user) => settleUser(parts, user)),
    ...keys.due(nowMs, BATCH_SIZE).map((key) => undoKey(parts, key)),
  ]);
}

/** Turns a user's row into its tombstone, with the audit entry. Once: a second call does nothing. */
export function deleteUserRow({ storage, users, audit }: UserParts, id: string, actor: AuditActor): void {
  const user = users.read(id);
  if (user === null) return;
  storage.transactionSync(() => {
    users.markDeleted(id);
    audit.append({ actor, action: 'user.delete', target: id, before: describeUser(user), after: null });
  });
}

async function settleUser(parts: UnfinishedParts, user: UnsettledUser): Promise<void> {
  const { users, accounts } = parts;
  try {
    if (user.isPending) {
      users.activate(user.id, await accounts.ask(user.id, (account) => openUserAccount(account, user)));
      return;
    }
    const { disabled, limits, changeNumber, deletionActor } = user;
    if (deletionActor !== null && (await finishDeletion(parts, user.id, deletionActor))) return;
    const answer = await accounts.ask(user.id, (account) => account.updateAccount({ disabled, limits }));
    if (!answer.ok) throw new Error(answer.reason);
    users.settle(user.id, changeNumber, answer.value);
  } catch (problem) {
    const failures = user.failures + 1;
    logEvent('user_settling_retry', { account: user.id, failures }, problem);
    users.postpone(user.id, failures, Date.now() + retryDelayMs(failures));
  }
}

/** False: the account has keys left, so the user stays. */
async function finishDeletion(parts: UnfinishedParts, id: string, actor: AuditActor): Promise<boolean> {
  const answer = await parts.accounts.ask(id, (account) => account.closeAccount());
  if (answer.ok) deleteUserRow(parts, id, actor);
  else parts.users.dropDeletion(id);
  return answer.ok;
}

async function undoKey({ keys, accounts }: UnfinishedParts, key: PendingKey): Promise<void> {
  keys.markCancelling(key.id);
  try {
    await accounts.ask(accountOfKeyId(key.id), (account) => account.cancelKey(key.id));
    keys.removeUnacknowledged(key.id);
  } catch (problem) {
    const failures = key.failures + 1;
    logEvent('key_creation_undo_retry', { key: key.id, failures }, problem);
    keys.postpone(key.id, failures, Date.now() + retryDelayMs(failures));
  }
}
