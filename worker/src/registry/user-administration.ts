// What is done with users, and in which order: first the Registry writes down what shall be, together with the audit entry,
// then the account is told; the answer waits for both. What breaks off in between is finished by the alarm
// (settle-unfinished.ts), so no change is ever in force without its audit entry. A deletion is written down last, since the
// account may refuse it.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type {
  NewUser,
  RegistryAnswer,
  UserChange,
  UserRecord,
} from '../../../protocol/objects/registry-administration.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { toSeconds } from '../usage/calendar.ts';
import type { AccountAccess } from './account-access.ts';
import { describeAccountRefusal } from './describe-account-refusal.ts';
import { describeUser } from './describe-user.ts';
import { openUserAccount } from './open-user-account.ts';
import { accept, refuse, type Refusal } from './registry-answer.ts';
import type { RegistryAudit } from './registry-audit.ts';
import { deleteUserRow } from './settle-unfinished.ts';
import type { UserDirectory } from './user-directory.ts';

/** When the alarm takes over what nobody finished: well after the longest wait for an account. */
const SETTLE_AFTER_MS = 30_000;

export type UserAdministrationParts = {
  storage: DurableObjectStorage;
  users: UserDirectory;
  accounts: AccountAccess;
  audit: RegistryAudit;
  /** Sets the alarm to the earliest of what is due. */
  arm: () => Promise<void>;
};

export class UserAdministration {
  readonly #parts: UserAdministrationParts;

  constructor(parts: UserAdministrationParts) {
    this.#parts = parts;
  }

  show(id: string): RegistryAnswer<UserRecord> {
    const user = this.#parts.users.read(id);
    return user === null ? refuse('user_not_found') : accept(user);
  }

  async create(user: NewUser & { disabled: boolean }, actor: AuditActor): Promise<RegistryAnswer<UserRecord>> {
    const { storage, users, audit, arm } = this.#parts;
    const conflict = users.findConflict(user, null);
    if (conflict !== null) return refuse(conflict);
    const nowMs = Date.now();
    const record = { ...user, createdAt: toSeconds(nowMs) };
    storage.transactionSync(() => {
      users.insertPending(record, record.createdAt, nowMs + SETTLE_AFTER_MS);
      audit.append({ actor, action: 'user.create', target: user.id, before: null, after: describeUser(record) });
    });
    await arm();
    return this.#complete(record);
  }

  async update(id: string, change: UserChange, actor: AuditActor): Promise<RegistryAnswer<UserRecord>> {
    const { storage, users, audit, accounts, arm } = this.#parts;
    const current = users.read(id);
    if (current === null) return refuse('user_not_found');
    const conflict = users.findConflict(change, id);
    if (conflict !== null) return refuse(conflict);
    const next = mergeChange(current, change);
    const { disabled, limits } = change;
    const concernsAccount = disabled !== undefined || limits !== undefined;
    // After a change that the account was not told of, it is told everything.
    const wish = users.readUnsettled(id) === null ? { disabled, limits } : next;
    const changed = changedFields(describeUser(current), describeUser(next));
    const changeNumber = storage.transactionSync(() => {
      if (Object.keys(changed.after).length > 0) audit.append({ actor, action: 'user.update', target: id, ...changed });
      return users.writeChange(next, concernsAccount ? Date.now() + SETTLE_AFTER_MS : null);
    });
    await arm();
    if (!concernsAccount) return accept(next);
    const told = { disabled: wish.disabled, limits: wish.limits };
    const answer = await accounts.reach(id, (account) => account.updateAccount(told));
    if (answer?.ok !== true) return this.#leaveToAlarm(id);
    users.settle(id, changeNumber, answer.value);
    return this.show(id);
  }

  /** Changes the user with this external id, or makes it as `id` when nobody has it. */
  async upsert(
    id: string,
    user: UserChange & { name: string; externalId: string },
    actor: AuditActor,
  ): Promise<RegistryAnswer<UserRecord>> {
    const { users } = this.#parts;
    const { name, externalId, disabled = false, limits = null, metadata = {} } = user;
    const presentId = users.findByExternalId(externalId);
    if (presentId === null) return this.create({ id, name, externalId, disabled, limits, metadata }, actor);
    const unfinished = users.read(presentId) === null ? users.readUnsettled(presentId) : null;
    const completed = unfinished === null ? null : await this.#complete(unfinished);
    return completed?.ok === false ? completed : this.update(presentId, user, actor);
  }

  async delete(id: string, actor: AuditActor): Promise<RegistryAnswer<null>> {
    const { users, accounts, arm } = this.#parts;
    if (users.read(id) === null) return refuse('user_not_found');
    users.beginDeletion(id, actor, Date.now() + SETTLE_AFTER_MS);
    await arm();
    const answer = await accounts.reach(id, (account) => account.closeAccount());
    if (answer === null) return this.#leaveToAlarm(id);
    if (!answer.ok) {
      users.dropDeletion(id);
      return refuse(describeAccountRefusal(answer.reason));
    }
    deleteUserRow(this.#parts, id, actor);
    await arm();
    return accept(null);
  }

  async #complete(user: UserRecord): Promise<RegistryAnswer<UserRecord>> {
    const { users, accounts } = this.#parts;
    const state = await accounts.reach(user.id, (account) => openUserAccount(account, user));
    if (state === null) return this.#leaveToAlarm(user.id);
    users.activate(user.id, state);
    return this.show(user.id);
  }

  async #leaveToAlarm(id: string): Promise<Refusal> {
    this.#parts.users.postpone(id, 0, Date.now());
    await this.#parts.arm();
    return refuse('account_unavailable');
  }
}

function mergeChange(current: UserRecord, change: UserChange): UserRecord {
  return {
    ...current,
    name: change.name ?? current.name,
    externalId: change.externalId === undefined ? current.externalId : change.externalId,
    disabled: change.disabled ?? current.disabled,
    limits: change.limits === undefined ? current.limits : change.limits,
    metadata: change.metadata ?? current.metadata,
  };
}
