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
import type { DumpCursor, PageSize, StorageDump } from '../../../protocol/objects/storage-dump.ts';
import type { KeyChange, NewKey } from '../../../protocol/objects/key-record.ts';
import { AuditChain } from '../audit/audit-chain.ts';
import { signAuditHead } from '../audit/audit-head.ts';
import { gatewayConfig } from '../config/gateway-config.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { createKeyIndex, readIndexEntries } from '../keys/key-index.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';
import { mintRequestId } from '../../../protocol/request-id.ts';
import { readJournal } from '../nodes/node-journal.ts';
import { logEvent } from '../objects/log-event.ts';
import { migrateSchema, storedSchemaVersion } from '../objects/migrate-schema.ts';
import { registryStub } from '../registry/registry-stub.ts';
import { AccountBackup } from './account-backup.ts';
import { AccountOutbox } from './account-outbox.ts';
import type { AccountParts } from './account-parts.ts';
import { ACCOUNT_MIGRATIONS } from './account-schema.ts';
import { AccountSql } from './account-sql.ts';
import { CallAdmission } from './call-admission.ts';
import { KeyAdministration } from './key-administration.ts';
import { KeyRotation } from './key-rotation.ts';
import { KeyStore } from './key-store.ts';
import { LastUse } from './last-use.ts';
import { reconcileIndex } from './reconcile-index.ts';
import { SecretStore } from './secret-store.ts';
import { UsageLedger } from './usage-ledger.ts';
import { UsageStore } from './usage-store.ts';
import { UserAdministration } from './user-administration.ts';

type Answer<Method extends keyof AccountAdministration> = ReturnType<AccountAdministration[Method]>;

/** After a failure that no item of the alarm's work accounts for. */
const ALARM_RETRY_MS = 60_000;
/** From the first change of an hour's sums until the Registry hears of it: a minute's calls are told together. */
const ROLL_UP_DELAY_MS = 60_000;

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
  /** What the alarm is set to, as far as this instance knows. */
  #armedMs: number | null = null;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#config = gatewayConfig(env);
    this.#sql = new AccountSql(ctx.storage.sql, storedSchemaVersion(ctx.storage.sql) > 0);
    this.#usage = new UsageStore(this.#sql);
    this.#parts = this.#assemble();
    this.#calls = this.#takeCalls();
    this.#users = new UserAdministration(this.#parts);
    this.#keys = new KeyAdministration(this.#parts);
    this.#rotation = new KeyRotation(this.#parts);
    this.#backup = new AccountBackup(ctx.storage, this.#parts.outbox);
    if (!this.#sql.isOpen) return;
    migrateSchema(ctx.storage, ACCOUNT_MIGRATIONS, 'Account');
    this.#calls.load(Date.now());
    ctx.waitUntil(this.#armIfForgotten());
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

  async loadStorage(backup: string, page: StoragePage, staleKeys: string[]): ReturnType<StorageDump['loadStorage']> {
    const { answer, opened } = this.#backup.load(backup, page, staleKeys, Date.now());
    if (opened) {
      this.#sql.markOpen();
      this.#calls.load(Date.now());
      await this.#arm();
    }
    return answer;
  }

  /** Writes and sends what is due, each item by itself, and sets itself again for the rest. Never throws. */
  override async alarm(): Promise<void> {
    if (!this.#sql.isOpen) return;
    this.#armedMs = null;
    try {
      this.ctx.storage.transactionSync(() => {
        this.#writeLastUse();
        this.#rotation.endDue(Date.now());
      });
      await this.#calls.runDue((leases) => this.#readRecords(leases), Date.now());
      await this.#parts.outbox.deliver();
      await this.#arm();
    } catch (problem) {
      logEvent('account_alarm_failed', {}, problem);
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  #assemble(): AccountParts {
    const { storage } = this.ctx;
    const secrets = new SecretStore(this.#sql);
    const keys = new KeyStore(this.#sql, secrets);
    const audit = new AuditChain(storage.sql);
    const readAuditHead = (): AuditHead | null => {
      const [account, end] = [keys.readAccount(), audit.readEnd()];
      return account && end && signAuditHead(account.id, end, this.#config.keyCheckSecret);
    };
    const sources = {
      keys,
      secrets,
      readAuditHead,
      continuesAuditHead: (head: AuditHead) => audit.holds(head),
      readUsageOfHour: (hour: number) => this.#usage.ofHour(hour),
    };
    const outbox = new AccountOutbox(storage, sources, {
      index: createKeyIndex(this.env.KEYS),
      registry: {
        readAuditHead: (accountId) => registryStub(this.env).readAuditHead(accountId),
        applyProjections: (...projection) => registryStub(this.env).applyProjections(...projection),
      },
    });
    return {
      keys,
      secrets,
      outbox,
      audit,
      lastUse: new LastUse(),
      commit: (work) => this.#commit(work),
      runOut: () => this.#calls.runOut(),
    };
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

  #takeCalls(): CallAdmission {
    const { storage } = this.ctx;
    const { keys, lastUse, outbox } = this.#parts;
    const armSoon = (): void => {
      this.ctx.waitUntil(this.#arm({ allowUnconfirmed: true }));
    };
    const ledger = new UsageLedger(storage.sql, (hour) => {
      outbox.put('usage', String(hour), Date.now() + ROLL_UP_DELAY_MS);
      armSoon();
    });
    return new CallAdmission({
      storage,
      ledger,
      permitMs: this.#config.admissionPermitMs,
      nowMs: Date.now(),
      readFacts: (keyId) => keys.readAdmissionFacts(keyId),
      noteUse: (secret, nowMs) => {
        if (lastUse.note(secret, nowMs)) armSoon();
      },
      arm: armSoon,
    });
  }

  /** What the node's journal holds of calls whose gateway is gone. */
  async #readRecords(leases: readonly Lease[]): Promise<JournalRecord[]> {
    const waitUntil = (work: Promise<unknown>): void => {
      this.ctx.waitUntil(work);
    };
    const caller = { env: this.env, config: this.#config, requestId: mintRequestId(), waitUntil };
    return (
      (await readJournal(
        caller,
        leases.map(({ callId }) => callId),
      )) ?? []
    );
  }

  #writeLastUse(): void {
    const { keys, secrets, outbox, lastUse } = this.#parts;
    const notes = lastUse.take();
    for (const [digest, usedAt] of notes.secrets) secrets.writeUse(digest, usedAt);
    for (const [keyId, usedAt] of notes.keys) {
      keys.writeLastUse(keyId, usedAt);
      outbox.put('key', keyId, Date.now());
    }
  }

  /** All of `work` or none of it, together with the alarm for what it leaves to do. */
  async #commit<Value>(work: () => Value): Promise<Value> {
    const value = this.ctx.storage.transactionSync(work);
    await this.#arm();
    return value;
  }

  /** Sets the one alarm to the earliest of what is due. */
  async #arm(options: DurableObjectSetAlarmOptions = {}): Promise<void> {
    const dueMs = this.#nextDueMs();
    if (dueMs === null || (this.#armedMs !== null && this.#armedMs <= dueMs)) return;
    this.#armedMs = dueMs;
    await this.ctx.storage.setAlarm(dueMs, options);
  }

  #nextDueMs(): number | null {
    const { outbox, lastUse } = this.#parts;
    const due = [outbox.nextDueMs(), this.#rotation.nextDueMs(), this.#calls.nextDueMs(), lastUse.dueMs].filter(
      (time) => time !== null,
    );
    return due.length === 0 ? null : Math.min(...due);
  }

  /** An alarm is lost when an older release refused this schema six times over. */
  async #armIfForgotten(): Promise<void> {
    if (this.#nextDueMs() !== null && (await this.ctx.storage.getAlarm()) === null) await this.#arm();
  }
}
