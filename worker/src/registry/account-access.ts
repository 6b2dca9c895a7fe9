// How the Registry asks Account objects: in bounded time, through a fresh stub each time.
import type { AccountAdministration } from '../../../protocol/objects/account-administration.ts';
import type { StorageDump } from '../../../protocol/objects/storage-dump.ts';
import { accountStub } from '../accounts/account-stub.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { logEvent } from '../objects/log-event.ts';
import { withinTime } from '../objects/within-time.ts';

/** An account answers in milliseconds; an administrator can wait, but not for ever. */
const ACCOUNT_LIMIT_MS = 10_000;

type Question<Value> = (account: AccountAdministration & StorageDump) => Promise<Value>;

export class AccountAccess {
  readonly #env: GatewayEnv;

  constructor(env: GatewayEnv) {
    this.#env = env;
  }

  /** Asks an account. Rejects when it cannot be reached in time. */
  async ask<Value>(id: string, ask: Question<Value>): Promise<Value> {
    return withinTime(ask(accountStub(this.#env, id)), ACCOUNT_LIMIT_MS, 'the account');
  }

  /** As `ask`, with null for an account that cannot be reached. */
  async reach<Value>(id: string, ask: Question<Value>): Promise<Value | null> {
    try {
      return await this.ask(id, ask);
    } catch (problem) {
      logEvent('account_unreachable', { account: id }, problem);
      return null;
    }
  }
}
