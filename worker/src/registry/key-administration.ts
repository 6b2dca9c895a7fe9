// What is done with keys. The Account comes first, since it is the truth; the Registry keeps copies for its lists. A creation is
// written here as pending before the Account hears of it, and the alarm undoes what broke off in between.
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type {
  AccountAdministration,
  AccountAnswer,
  AccountRefusal,
} from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyRecord, NewKey } from '../../../protocol/objects/key-record.ts';
import type { RegistryAnswer } from '../../../protocol/objects/registry-administration.ts';
import { toSeconds } from '../usage/calendar.ts';
import type { AccountAccess } from './account-access.ts';
import { describeAccountRefusal } from './describe-account-refusal.ts';
import type { KeyDirectory } from './key-directory.ts';
import { accept, refuse, type Refusal } from './registry-answer.ts';
import type { UserDirectory } from './user-directory.ts';

/** When the alarm takes over a creation that nobody finished: well after the longest wait for its account. */
const SETTLE_AFTER_MS = 30_000;

export type KeyAdministrationParts = {
  users: UserDirectory;
  keys: KeyDirectory;
  accounts: AccountAccess;
  /** Sets the alarm to the earliest of what is due. */
  arm: () => Promise<void>;
};

export class KeyAdministration {
  readonly #parts: KeyAdministrationParts;

  constructor(parts: KeyAdministrationParts) {
    this.#parts = parts;
  }

  async create(key: NewKey, actor: AuditActor): Promise<RegistryAnswer<KeyRecord>> {
    const { users, keys, accounts, arm } = this.#parts;
    const { keyId } = key;
    const nowMs = Date.now();
    const user = users.read(accountOfKeyId(keyId));
    if (user === null) return refuse('user_not_found');
    if (keys.has(keyId)) return refuse('id_taken');
    keys.insertPending(key, toSeconds(nowMs), nowMs + SETTLE_AFTER_MS);
    await arm();
    const answer = await accounts.reach(user.id, (account) => account.createKey(key, actor));
    if (answer === null) return this.#giveUp(keyId);
    if (!answer.ok) {
      keys.removeUnacknowledged(keyId);
      return refuse(describeAccountRefusal(answer.reason));
    }
    keys.apply(answer.value);
    return keys.activate(keyId) ? accept(answer.value) : refuse('account_unavailable');
  }

  /**
   * Asks a key's account about it, or to change it, and keeps the answer as the copy. A key that lists do not know is not there,
   * whatever its account says: so invented ids wake no account.
   */
  async ask(
    keyId: string,
    ask: (account: AccountAdministration) => Promise<AccountAnswer<KeyRecord, AccountRefusal>>,
  ): Promise<RegistryAnswer<KeyRecord>> {
    const { keys, accounts } = this.#parts;
    if (!keys.isActive(keyId)) return refuse('key_not_found');
    const answer = await accounts.reach(accountOfKeyId(keyId), ask);
    if (answer === null) return refuse('account_unavailable');
    if (!answer.ok) return refuse(describeAccountRefusal(answer.reason));
    keys.apply(answer.value);
    return accept(answer.value);
  }

  async #giveUp(keyId: string): Promise<Refusal> {
    const { keys, arm } = this.#parts;
    keys.markCancelling(keyId);
    keys.postpone(keyId, 0, Date.now());
    await arm();
    return refuse('account_unavailable');
  }
}
