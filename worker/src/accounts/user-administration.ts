// What administrators do with the user of an account: opened once, disabled and limited, closed for good. The Registry's audit
// chain tells of it, since names and users are the Registry's.
import type { Limits } from '../../../protocol/admin/limits.ts';
import type {
  AccountAdministration,
  AccountChange,
  AccountState,
} from '../../../protocol/objects/account-administration.ts';
import { accept, refuse } from './account-answer.ts';
import type { AccountParts } from './account-parts.ts';
import type { AccountFacts } from './key-store.ts';

type Answer<Method extends keyof AccountAdministration> = ReturnType<AccountAdministration[Method]>;

export class UserAdministration {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** The tables are there. An account that was opened before is answered as it is. */
  openAccount(accountId: string, createdAt: number, limits: Limits | null): AccountState {
    const { keys } = this.#parts;
    if (keys.readAccount() === null) keys.insertAccount(accountId, createdAt, limits);
    const account = keys.readAccount();
    if (account?.id !== accountId) throw new Error('openAccount: the object belongs to another account');
    return toState(account);
  }

  async updateAccount(change: AccountChange): Answer<'updateAccount'> {
    const { keys, outbox, commit, runOut } = this.#parts;
    const account = this.#readOpen();
    if (account === null) return refuse('unknown_account');
    const { disabled = account.disabled, limits = account.limits } = change;
    if (disabled !== account.disabled || JSON.stringify(limits) !== JSON.stringify(account.limits)) {
      await commit(() => {
        keys.writeAccount(disabled, limits);
        outbox.put('account', account.id, Date.now());
      });
    }
    if (change.disabled === true || change.limits !== undefined) await runOut();
    return accept(toState(keys.readAccount() ?? account));
  }

  async closeAccount(): Answer<'closeAccount'> {
    const { keys, outbox, commit, runOut } = this.#parts;
    const account = keys.readAccount();
    if (account === null) return refuse('unknown_account');
    if (keys.hasUnrevokedKeys()) return refuse('keys_left');
    if (!account.closed) {
      await commit(() => {
        keys.closeAccount();
        outbox.put('account', account.id, Date.now());
      });
    }
    await runOut();
    return accept(null);
  }

  #readOpen(): AccountFacts | null {
    const account = this.#parts.keys.readAccount();
    return account?.closed === false ? account : null;
  }
}

function toState({ disabled, limits, version }: AccountState): AccountState {
  return { disabled, limits, version };
}
