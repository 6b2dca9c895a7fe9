// One user's keys: the truth, judged here on every call. SQLite-backed, one object per user. This class puts the parts together,
// keeps the one alarm, and leaves the work to them; all of it is synchronous between reading and writing, so nothing comes in
// between, and answers leave after the commit (the platform's output gate). An account that was never opened has no tables and
// gets none: ids can be asked for in vain at no cost.
import { DurableObject } from 'cloudflare:workers';
import type { Limits } from '../../../protocol/admin/limits.ts';
import type { LimitState } from '../../../protocol/inference/own-key.ts';
import type {
  AccountAdmission,
  AdmitRequest,
  AdmitResult,
  Lease,
  PresentedSecret,
  SettlementBatch,
} from '../../../protocol/objects/account-admission.ts';
import type {
  AccountAdministration,
  AccountChange,
  AccountState,
  AuditHead,
  IndexReconciliation,
} from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type { DumpCursor, PageSize, StaleCopies, StorageDump } from '../../../protocol/objects/storage-dump.ts';
import type { KeyChange, NewKey } from '../../../protocol/objects/key-record.ts';
import { gatewayConfig } from '../config/gateway-config.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { readIndexEntries } from '../keys/key-index.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';
import { mintRequestId } from '../../../protocol/request-id.ts';
import { readJournal } from '../nodes/node-journal.ts';
import { nodeTarget } from '../nodes/node-targets.ts';
import { logEvent } from '../objects/log-event.ts';
import { migrateSchema, storedSchemaVersion } from '../objects/migrate-schema.ts';
import type { AccountAlarm } from './account-alarm.ts';
import { AccountBackup } from './account-backup.ts';
import type { AccountParts } from './account-parts.ts';
import { ACCOUNT_MIGRATIONS } from './account-schema.ts';
import { AccountSql } from './account-sql.ts';
import { assembleAccount } from './assemble-account.ts';
import type { CallAdmission } from './call-admission.ts';
import { KeyAdministration } from './key-administration.ts';
import type { KeyRotation } from './key-rotation.ts';
import { reconcileIndex } from './reconcile-index.ts';
import type { UsageStore } from './usage-store.ts';
import { UserAdministration } from './user-administration.ts';
import { writeLastUse } from './write-last-use.ts';

type Answer<Method extends keyof AccountAdministration> = ReturnType<AccountAdministration[Method]>;

export class Account extends DurableObject<GatewayEnv> implements AccountAdmission, AccountAdministration, StorageDump {
  readonly #config: GatewayConfig;
  readonly #sql: AccountSql;
  readonly #parts: AccountParts;
  readonly #users: UserAdministration;
  readonly #keys: KeyAdministration;
  readonly #rotation: KeyRotation;
  readonly #usage: UsageStore;
  readonly #calls: CallAdmission;
  readonly #backup: AccountBackup;
  readonly #alarm: AccountAlarm;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#config = gatewayConfig(env);
    this.#sql = new AccountSql(ctx.storage.sql, storedSchemaVersion(ctx.storage.sql) > 0);
    const assembled = assembleAccount(ctx, env, this.#config, this.#sql);
    this.#parts = assembled.parts;
    this.#calls = assembled.calls;
    this.#usage = assembled.usage;
    this.#rotation = assembled.rotation;
    this.#alarm = assembled.alarm;
    this.#users = new UserAdministration(this.#parts);
    this.#keys = new KeyAdministration(this.#parts);
    this.#backup = new AccountBackup(ctx.storage, this.#parts.outbox);
    if (!this.#sql.isOpen) return;
    migrateSchema(ctx.storage, ACCOUNT_MIGRATIONS, 'Account');
    this.#calls.load(Date.now());
    ctx.waitUntil(this.#alarm.armIfForgotten());
  }

  admit(request: AdmitRequest): Promise<AdmitResult> {
    return this.#inStep(() => this.#calls.admit(request, Date.now()));
  }

  renew(lease: Lease): ReturnType<AccountAdmission['renew']> {
    return this.#inStep(() => this.#calls.renew(lease, Date.now()));
  }

  move(lease: Lease): Promise<boolean> {
    return this.#inStep(() => this.#sql.isOpen && this.#calls.move(lease, Date.now()));
  }

  settle(batch: SettlementBatch): Promise<void> {
    return this.#inStep(() => {
      if (this.#sql.isOpen) this.#calls.settle(batch, Date.now());
    });
  }

  inspect(secret: PresentedSecret): ReturnType<AccountAdmission['inspect']> {
    return Promise.resolve(this.#calls.inspect(secret, Date.now()));
  }

  readLimits(keyId: string): Promise<LimitState[]> {
    return Promise.resolve(this.#calls.readLimits(keyId, Date.now()));
  }

  openAccount(accountId: string, createdAt: number, limits: Limits | null): Promise<AccountState> {
    migrateSchema(this.ctx.storage, ACCOUNT_MIGRATIONS, 'Account');
    this.#sql.markOpen();
    return Promise.resolve(this.#users.openAccount(accountId, createdAt, limits));
  }

  updateAccount(change: AccountChange): Answer<'updateAccount'> {
    return this.#users.updateAccount(change);
  }

  closeAccount(): Answer<'closeAccount'> {
    return this.#users.closeAccount();
  }

  createKey(key: NewKey, actor: AuditActor): Answer<'createKey'> {
    return this.#keys.createKey(key, actor);
  }

  updateKey(keyId: string, change: KeyChange, actor: AuditActor): Answer<'updateKey'> {
    return this.#keys.updateKey(keyId, change, actor);
  }

  setKeyDisabled(keyId: string, disabled: boolean, actor: AuditActor): Answer<'setKeyDisabled'> {
    return this.#keys.setKeyDisabled(keyId, disabled, actor);
  }

  revokeKey(keyId: string, actor: AuditActor): Answer<'revokeKey'> {
    return this.#keys.revokeKey(keyId, actor);
  }

  rotateKey(keyId: string, secretDigest: string, graceSeconds: number, actor: AuditActor): Answer<'rotateKey'> {
    return this.#rotation.rotateKey(keyId, secretDigest, graceSeconds, actor);
  }

  finishRotation(keyId: string, actor: AuditActor): Answer<'finishRotation'> {
    return this.#rotation.finishRotation(keyId, actor);
  }

  cancelKey(keyId: string): Promise<void> {
    return this.#keys.cancelKey(keyId);
  }

  showKey(keyId: string): Answer<'showKey'> {
    return this.#keys.showKey(keyId);
  }

  reconcileIndex(dryRun: boolean): Promise<IndexReconciliation> {
    return reconcileIndex(this.#parts, (digests) => readIndexEntries(this.env.KEYS, digests), dryRun);
  }

  readUsage(from: number, to: number): Answer<'readUsage'> {
    return Promise.resolve(this.#usage.ofRange(from, to));
  }

  listAudit(limit: number, before: number | null): Answer<'listAudit'> {
    if (!this.#sql.isOpen) return Promise.resolve({ data: [], has_more: false });
    return Promise.resolve(this.#parts.audit.list(limit, before));
  }

  verifyAudit(head: AuditHead | null): Answer<'verifyAudit'> {
    const account = this.#parts.keys.readAccount();
    if (account === null) return Promise.resolve({ entries: 0, head_sequence: null, problems: [] });
    return Promise.resolve(this.#parts.audit.verify(account.id, head, this.#config));
  }

  dumpStorage(accountId: string, cursor: DumpCursor | null, size: PageSize): ReturnType<StorageDump['dumpStorage']> {
    return Promise.resolve(this.#backup.dump(accountId, cursor, size));
  }

  async loadStorage(backup: string, page: StoragePage, stale: StaleCopies): ReturnType<StorageDump['loadStorage']> {
    const { answer, opened } = this.#backup.load(backup, page, stale, Date.now());
    if (opened) {
      this.#sql.markOpen();
      this.#calls.load(Date.now());
      await this.#alarm.arm();
    }
    return answer;
  }

  /** Writes and sends what is due, each item by itself, and sets itself again for the rest. Never throws. */
  override async alarm(): Promise<void> {
    if (!this.#sql.isOpen) return;
    this.#alarm.goneOff();
    try {
      this.ctx.storage.transactionSync(() => {
        writeLastUse(this.#parts);
        this.#rotation.endDue(Date.now());
      });
      await this.#calls.runDue((leases) => this.#readRecords(leases), Date.now());
      await this.#parts.outbox.deliver();
      await this.#alarm.arm();
    } catch (problem) {
      logEvent('account_alarm_failed', {}, problem);
      await this.#alarm.retryLater();
    }
  }

  /** What the nodes' journals hold of calls whose gateway is gone. */
  async #readRecords(leases: readonly Lease[]): Promise<JournalRecord[]> {
    const waitUntil = (work: Promise<unknown>): void => {
      this.ctx.waitUntil(work);
    };
    const caller = { env: this.env, config: this.#config, requestId: mintRequestId(), waitUntil };
    const found = [...Map.groupBy(leases, ({ nodeId }) => nodeId)].map(async ([nodeId, own]) => {
      const target = await nodeTarget(caller, nodeId);
      const callIds = own.map(({ callId }) => callId);
      return target === null ? [] : ((await readJournal(caller, target, callIds)) ?? []);
    });
    return (await Promise.all(found)).flat();
  }

  /** What failed half-way may have left memory ahead of storage: the object starts anew from storage. */
  #inStep<Value>(work: () => Value): Promise<Value> {
    try {
      return Promise.resolve(work());
    } catch (problem) {
      logEvent('account_call_failed', {}, problem);
      this.ctx.abort('A call could not be counted.');
      throw problem;
    }
  }
}
