// The admin plane's one object: users and their names, copies of all keys for lists, admin tokens. Where a change concerns an
// Account, the Account comes first, since it is the truth; a creation is written here as pending before the Account hears of
// it, and the alarm settles what broke off in between. No call for a completion passes here.
import { DurableObject } from 'cloudflare:workers';
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { AccountAdministration, AccountState } from '../../../protocol/objects/account-administration.ts';
import type { KeyChange, KeyRecord, NewKey } from '../../../protocol/objects/key-record.ts';
import type {
  AdminIdentity,
  NewUser,
  PageOf,
  PageRequest,
  RegistryAdministration,
  RegistryAnswer,
  RegistryProjections,
  RegistryRefusal,
  UserChange,
  UserRecord,
} from '../../../protocol/objects/registry-administration.ts';
import { accountStub } from '../accounts/account-stub.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { logEvent } from '../objects/log-event.ts';
import { migrateSchema } from '../objects/migrate-schema.ts';
import { withinTime } from '../objects/within-time.ts';
import { AdminTokens } from './admin-tokens.ts';
import { KeyDirectory } from './key-directory.ts';
import { REGISTRY_MIGRATIONS } from './registry-schema.ts';
import { settleCreations } from './settle-creations.ts';
import { UserDirectory } from './user-directory.ts';

/** An account answers in milliseconds; an administrator can wait, but not for ever. */
const ACCOUNT_LIMIT_MS = 10_000;
/** When the alarm takes over a creation that nobody finished: well after the longest wait for its account. */
const SETTLE_AFTER_MS = 30_000;
/** After a failure that no item of the alarm's work accounts for. */
const ALARM_RETRY_MS = 60_000;
const DIGEST_FORM = /^[A-Za-z0-9_-]{43}$/;

type Refusal = { ok: false; reason: RegistryRefusal };

export class Registry extends DurableObject<GatewayEnv> implements RegistryAdministration, RegistryProjections {
  readonly #users: UserDirectory;
  readonly #keys: KeyDirectory;
  readonly #adminTokens: AdminTokens;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    migrateSchema(ctx.storage, REGISTRY_MIGRATIONS, 'Registry');
    this.#users = new UserDirectory(ctx.storage.sql);
    this.#keys = new KeyDirectory(ctx.storage.sql);
    this.#adminTokens = new AdminTokens(ctx.storage);
    if (DIGEST_FORM.test(env.ADMIN_TOKEN_DIGEST)) this.#adminTokens.bootstrap(env.ADMIN_TOKEN_DIGEST, nowSeconds());
    else logEvent('admin_token_digest_malformed');
    ctx.waitUntil(this.#armIfForgotten());
  }

  authenticateAdmin(tokenDigest: string): Promise<AdminIdentity | null> {
    return Promise.resolve(this.#adminTokens.authenticate(tokenDigest, nowSeconds()));
  }

  resetRootToken(presentedDigest: string, newDigest: string): Promise<boolean> {
    return Promise.resolve(this.#adminTokens.replaceRoot(presentedDigest, newDigest, nowSeconds()));
  }

  async createUser(user: NewUser): Promise<RegistryAnswer<UserRecord>> {
    const conflict = this.#users.findConflict(user, null);
    if (conflict !== null) return refuse(conflict);
    const createdAt = nowSeconds();
    this.#users.insertPending(user, createdAt, Date.now() + SETTLE_AFTER_MS);
    await this.#arm();
    const state = await this.#reachAccount(user.id, (account) => account.openAccount(user.id, createdAt));
    if (state === null) {
      this.#users.postpone(user.id, 0, Date.now());
      await this.#arm();
      return refuse('account_unavailable');
    }
    this.#users.applyAccount(user.id, state);
    this.#users.activate(user.id);
    return this.showUser(user.id);
  }

  listUsers(page: PageRequest): Promise<RegistryAnswer<PageOf<UserRecord>>> {
    const listed = this.#users.list(page);
    return Promise.resolve(listed === null ? refuse('unknown_cursor') : accept(listed));
  }

  showUser(id: string): Promise<RegistryAnswer<UserRecord>> {
    const user = this.#users.read(id);
    return Promise.resolve(user === null ? refuse('user_not_found') : accept(user));
  }

  async updateUser(id: string, change: UserChange): Promise<RegistryAnswer<UserRecord>> {
    const { disabled } = change;
    if (this.#users.read(id) === null) return refuse('user_not_found');
    const conflict = this.#users.findConflict(change, id);
    if (conflict !== null) return refuse(conflict);
    if (disabled !== undefined) {
      const answer = await this.#reachAccount(id, (account) => account.setDisabled(disabled));
      if (answer?.ok !== true) return refuse('account_unavailable');
      this.#users.applyAccount(id, answer.value);
    }
    return this.#writeUserChange(id, change);
  }

  /** Looks for conflicts again: somebody may have taken the name while the account was asked. */
  #writeUserChange(id: string, change: UserChange): Promise<RegistryAnswer<UserRecord>> {
    const current = this.#users.read(id);
    const conflict = this.#users.findConflict(change, id);
    if (conflict !== null) return Promise.resolve(refuse(conflict));
    if (current !== null) this.#users.writeChange(current, change);
    return this.showUser(id);
  }

  async createKey(key: NewKey): Promise<RegistryAnswer<KeyRecord>> {
    const user = this.#users.read(accountOfKeyId(key.keyId));
    if (user === null) return refuse('user_not_found');
    if (this.#keys.has(key.keyId)) return refuse('id_taken');
    this.#keys.insertPending(key, nowSeconds(), Date.now() + SETTLE_AFTER_MS);
    await this.#arm();
    const answer = await this.#reachAccount(user.id, (account) => account.createKey(key));
    if (answer === null) return this.#giveUpKey(key.keyId);
    if (!answer.ok) {
      this.#keys.removeUnacknowledged(key.keyId);
      return refuse(describeKeyRefusal(answer.reason));
    }
    this.#keys.apply(answer.value);
    return this.#keys.activate(key.keyId) ? accept(answer.value) : refuse('account_unavailable');
  }

  listKeys(page: PageRequest, userId: string | null): Promise<RegistryAnswer<PageOf<KeyRecord>>> {
    const listed = this.#keys.list(page, userId);
    return Promise.resolve(listed === null ? refuse('unknown_cursor') : accept(listed));
  }

  showKey(keyId: string): Promise<RegistryAnswer<KeyRecord>> {
    return this.#askAboutKey(keyId, (account) => account.showKey(keyId));
  }

  updateKey(keyId: string, change: KeyChange): Promise<RegistryAnswer<KeyRecord>> {
    return this.#askAboutKey(keyId, (account) => account.updateKey(keyId, change));
  }

  revokeKey(keyId: string): Promise<RegistryAnswer<KeyRecord>> {
    return this.#askAboutKey(keyId, (account) => account.revokeKey(keyId));
  }

  applyProjections(accountId: string, account: AccountState | null, keys: KeyRecord[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      if (account !== null) this.#users.applyAccount(accountId, account);
      for (const key of keys) this.#keys.apply(key);
    });
    return Promise.resolve();
  }

  /** Settles what is due, each creation by itself, and sets itself again for the rest. */
  override async alarm(): Promise<void> {
    try {
      const askAccount = this.#askAccount.bind(this);
      await settleCreations({ users: this.#users, keys: this.#keys, askAccount }, Date.now());
      await this.#arm();
    } catch (problem) {
      logEvent('registry_alarm_failed', {}, problem);
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  /** A key that lists do not know is not there, whatever its account says: so invented ids wake no account. */
  async #askAboutKey(
    keyId: string,
    ask: (
      account: AccountAdministration,
    ) => Promise<
      { ok: true; value: KeyRecord } | { ok: false; reason: 'unknown_key' | 'key_revoked' | 'expiry_in_past' }
    >,
  ): Promise<RegistryAnswer<KeyRecord>> {
    if (!this.#keys.isActive(keyId)) return refuse('key_not_found');
    const answer = await this.#reachAccount(accountOfKeyId(keyId), ask);
    if (answer === null) return refuse('account_unavailable');
    if (!answer.ok) return refuse(answer.reason === 'unknown_key' ? 'key_not_found' : answer.reason);
    this.#keys.apply(answer.value);
    return accept(answer.value);
  }

  async #giveUpKey(keyId: string): Promise<Refusal> {
    this.#keys.markCancelling(keyId);
    this.#keys.postpone(keyId, 0, Date.now());
    await this.#arm();
    return refuse('account_unavailable');
  }

  async #askAccount<Value>(id: string, ask: (account: AccountAdministration) => Promise<Value>): Promise<Value> {
    return withinTime(ask(accountStub(this.env, id)), ACCOUNT_LIMIT_MS, 'the account');
  }

  /** As `#askAccount`, with null for an account that cannot be reached. */
  async #reachAccount<Value>(
    id: string,
    ask: (account: AccountAdministration) => Promise<Value>,
  ): Promise<Value | null> {
    try {
      return await this.#askAccount(id, ask);
    } catch (problem) {
      logEvent('account_unreachable', { account: id }, problem);
      return null;
    }
  }

  /** Sets the one alarm to the earliest of what is due. */
  async #arm(): Promise<void> {
    const due = this.#nextDueMs();
    if (due !== null) await this.ctx.storage.setAlarm(due);
  }

  #nextDueMs(): number | null {
    const due = [this.#users.nextDueMs(), this.#keys.nextDueMs()].filter((time) => time !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** An alarm is lost when an older release refused this schema six times over. */
  async #armIfForgotten(): Promise<void> {
    if (this.#nextDueMs() !== null && (await this.ctx.storage.getAlarm()) === null) await this.#arm();
  }
}

type KeyRefusal = 'unknown_account' | 'user_disabled' | 'expiry_in_past' | 'key_exists' | 'key_cancelled';

function describeKeyRefusal(reason: KeyRefusal): RegistryRefusal {
  switch (reason) {
    case 'user_disabled':
    case 'expiry_in_past':
      return reason;
    case 'unknown_account':
      return 'account_unavailable';
    case 'key_exists':
    case 'key_cancelled':
      return 'id_taken';
  }
}

function accept<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value };
}

function refuse(reason: RegistryRefusal): Refusal {
  return { ok: false, reason };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
