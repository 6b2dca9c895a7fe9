// What the Registry's alarm does about creations that broke off between Registry and Account: a user is completed (its name
// is taken, nothing else hangs on it), a key is undone (its secret was never shown to anybody).
import type { AccountAdministration } from '../../../protocol/objects/account-administration.ts';
import { logEvent } from '../objects/log-event.ts';
import { retryDelayMs } from '../objects/retry-delay.ts';
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { KeyDirectory, PendingKey } from './key-directory.ts';
import type { PendingUser, UserDirectory } from './user-directory.ts';

/** Of each kind, in one alarm. What is left is due at once again. */
const BATCH_SIZE = 32;

export type CreationSettling = {
  users: UserDirectory;
  keys: KeyDirectory;
  /** Asks an account, in bounded time; rejects when it cannot be reached. */
  askAccount: <Value>(id: string, ask: (account: AccountAdministration) => Promise<Value>) => Promise<Value>;
};

/** Settles a batch of what is due. Never rejects for an account's failure: such creations become due again later. */
export async function settleCreations(settling: CreationSettling, nowMs: number): Promise<void> {
  const { users, keys } = settling;
  await Promise.all([
    ...users.due(nowMs, BATCH_SIZE).map((user) => completeUser(settling, user)),
    ...keys.due(nowMs, BATCH_SIZE).map((key) => undoKey(settling, key)),
  ]);
}

async function completeUser({ users, askAccount }: CreationSettling, user: PendingUser): Promise<void> {
  try {
    const state = await askAccount(user.id, (account) => account.openAccount(user.id, user.createdAt));
    users.applyAccount(user.id, state);
    users.activate(user.id);
  } catch (problem) {
    const failures = user.failures + 1;
    logEvent('user_creation_retry', { account: user.id, failures }, problem);
    users.postpone(user.id, failures, Date.now() + retryDelayMs(failures));
  }
}

async function undoKey({ keys, askAccount }: CreationSettling, key: PendingKey): Promise<void> {
  keys.markCancelling(key.id);
  try {
    await askAccount(accountOfKeyId(key.id), (account) => account.cancelKey(key.id));
    keys.removeUnacknowledged(key.id);
  } catch (problem) {
    const failures = key.failures + 1;
    logEvent('key_creation_undo_retry', { key: key.id, failures }, problem);
    keys.postpone(key.id, failures, Date.now() + retryDelayMs(failures));
  }
}
