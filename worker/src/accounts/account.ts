// One user's keys: the truth, judged here on every call. SQLite-backed, one object per user. What it does is synchronous
// between reading and writing, so nothing comes in between; answers leave after the commit (the platform's output gate).
// An account that was never opened has no tables and gets none: ids can be asked for in vain at no cost.
import { DurableObject } from 'cloudflare:workers';
import type { AccountAdmission, AdmitRequest, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import type {
  AccountAdministration,
  AccountAnswer,
  AccountRefusal,
  AccountState,
} from '../../../protocol/objects/account-administration.ts';
import type { KeyChange, KeyRecord, NewKey } from '../../../protocol/objects/key-record.ts';
import { gatewayConfig } from '../config/gateway-config.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { createKeyIndex } from '../keys/key-index.ts';
import { logEvent } from '../objects/log-event.ts';
import { migrateSchema, storedSchemaVersion } from '../objects/migrate-schema.ts';
import { registryStub } from '../registry/registry-stub.ts';
import { AccountOutbox } from './account-outbox.ts';
import { ACCOUNT_MIGRATIONS } from './account-schema.ts';
import { judgeCall } from './judge-call.ts';
import { KeyStore } from './key-store.ts';
import { LastUse } from './last-use.ts';
import { PermitClock } from './permit-clock.ts';

/** After a failure that no item of the alarm's work accounts for. */
const ALARM_RETRY_MS = 60_000;

export class Account extends DurableObject<GatewayEnv> implements AccountAdmission, AccountAdministration {
  readonly #store: KeyStore;
  readonly #outbox: AccountOutbox;
  readonly #lastUse = new LastUse();
  readonly #permits: PermitClock;
  #opened: boolean;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#store = new KeyStore(ctx.storage.sql);
    this.#outbox = new AccountOutbox(ctx.storage, this.#store, {
      index: createKeyIndex(env.KEYS),
      registry: { applyProjections: (...projections) => registryStub(env).applyProjections(...projections) },
    });
    this.#permits = new PermitClock(gatewayConfig(env).admissionPermitMs, Date.now());
    this.#opened = storedSchemaVersion(ctx.storage.sql) > 0;
    if (!this.#opened) return;
    migrateSchema(ctx.storage, ACCOUNT_MIGRATIONS, 'Account');
    ctx.waitUntil(this.#armIfForgotten());
  }

  admit(request: AdmitRequest): Promise<AdmitResult> {
    const nowMs = Date.now();
    const facts = this.#opened ? this.#store.readAdmissionFacts(request.keyId) : null;
    const verdict = judgeCall(facts, request, toSeconds(nowMs));
    if (!verdict.admitted) return Promise.resolve(verdict);
    if (this.#lastUse.note(request.keyId, facts?.lastUsedAt ?? null, nowMs)) {
      this.ctx.waitUntil(this.#arm({ allowUnconfirmed: true }));
    }
    const permitMs = this.#permits.grant(nowMs, verdict.expiresAt);
    return Promise.resolve({ admitted: true, models: verdict.models, permitMs });
  }

  openAccount(accountId: string, createdAt: number): Promise<AccountState> {
    migrateSchema(this.ctx.storage, ACCOUNT_MIGRATIONS, 'Account');
    this.#opened = true;
    if (this.#store.readAccount() === null) this.#store.insertAccount(accountId, createdAt);
    const account = this.#store.readAccount();
    if (account?.id !== accountId) throw new Error('openAccount: the object belongs to another account');
    return Promise.resolve({ disabled: account.disabled, version: account.version });
  }

  async setDisabled(disabled: boolean): Promise<AccountAnswer<AccountState, 'unknown_account'>> {
    const account = this.#opened ? this.#store.readAccount() : null;
    if (account === null) return refuse('unknown_account');
    let { version } = account;
    if (account.disabled !== disabled) {
      version = await this.#commit(() => {
        this.#store.setDisabled(disabled);
        this.#outbox.put('account', account.id, Date.now());
        return account.version + 1;
      });
    }
    if (disabled) await this.#permits.runOut();
    return accept({ disabled, version });
  }

  async createKey(key: NewKey): ReturnType<AccountAdministration['createKey']> {
    const nowMs = Date.now();
    const account = this.#opened ? this.#store.readAccount() : null;
    if (account === null) return refuse('unknown_account');
    const present = this.#store.readKey(key.keyId);
    if (present !== null) {
      const same = this.#store.secretsOf(key.keyId).some((secret) => secret.digest === key.secretDigest);
      return same ? accept(present) : refuse('key_exists');
    }
    if (this.#store.isCancelled(key.keyId)) return refuse('key_cancelled');
    if (account.disabled) return refuse('user_disabled');
    if (isPast(key.expiresAt, nowMs)) return refuse('expiry_in_past');
    return accept(
      await this.#commit(() => {
        this.#store.insertKey(key, toSeconds(nowMs));
        this.#outbox.put('index', key.secretDigest, nowMs);
        this.#outbox.put('key', key.keyId, nowMs);
        return this.#mustRead(key.keyId);
      }),
    );
  }

  async updateKey(keyId: string, change: KeyChange): ReturnType<AccountAdministration['updateKey']> {
    const nowMs = Date.now();
    const present = this.#readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt !== null) return refuse('key_revoked');
    if (isPast(change.expiresAt ?? null, nowMs)) return refuse('expiry_in_past');
    await this.#commit(() => {
      this.#store.writeChange(present, change);
      this.#outbox.put('key', keyId, nowMs);
    });
    if (change.models !== undefined || change.expiresAt !== undefined) await this.#permits.runOut();
    return accept(this.#withLastUse(this.#mustRead(keyId)));
  }

  async revokeKey(keyId: string): ReturnType<AccountAdministration['revokeKey']> {
    const nowMs = Date.now();
    const present = this.#readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt === null) {
      await this.#commit(() => {
        this.#store.revokeKey(keyId, toSeconds(nowMs));
        this.#oweIndexEntries(keyId, nowMs);
        this.#outbox.put('key', keyId, nowMs);
      });
    }
    await this.#permits.runOut();
    return accept(this.#withLastUse(this.#mustRead(keyId)));
  }

  async cancelKey(keyId: string): Promise<void> {
    if (!this.#opened) return;
    const nowMs = Date.now();
    await this.#commit(() => {
      this.#oweIndexEntries(keyId, nowMs);
      this.#outbox.drop('key', keyId);
      this.#store.cancelKey(keyId, toSeconds(nowMs));
    });
  }

  showKey(keyId: string): ReturnType<AccountAdministration['showKey']> {
    const record = this.#readKey(keyId);
    if (record === null) return Promise.resolve(refuse('unknown_key'));
    return Promise.resolve(accept(this.#withLastUse(record)));
  }

  /** Writes and sends what is due, each item by itself, and sets itself again for the rest. Never throws. */
  override async alarm(): Promise<void> {
    if (!this.#opened) return;
    try {
      this.#writeLastUse();
      await this.#outbox.deliver();
      await this.#arm();
    } catch (problem) {
      logEvent('account_alarm_failed', {}, problem);
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  #readKey(keyId: string): KeyRecord | null {
    return this.#opened ? this.#store.readKey(keyId) : null;
  }

  /** With the use that storage has not yet. */
  #withLastUse(record: KeyRecord): KeyRecord {
    return { ...record, lastUsedAt: this.#lastUse.unwritten(record.keyId) ?? record.lastUsedAt };
  }

  #mustRead(keyId: string): KeyRecord {
    const record = this.#store.readKey(keyId);
    if (record === null) throw new Error('Account: a key that was just written is not there');
    return record;
  }

  #oweIndexEntries(keyId: string, nowMs: number): void {
    for (const secret of this.#store.secretsOf(keyId)) this.#outbox.put('index', secret.digest, nowMs);
  }

  #writeLastUse(): void {
    this.ctx.storage.transactionSync(() => {
      for (const [keyId, usedAt] of this.#lastUse.take()) {
        this.#store.writeLastUse(keyId, usedAt);
        this.#outbox.put('key', keyId, Date.now());
      }
    });
  }

  /** All of `work` or none of it, together with the alarm that delivers what it leaves in the outbox. */
  async #commit<Value>(work: () => Value): Promise<Value> {
    const value = this.ctx.storage.transactionSync(work);
    await this.#arm();
    return value;
  }

  /** Sets the one alarm to the earliest of what is due. */
  async #arm(options: DurableObjectSetAlarmOptions = {}): Promise<void> {
    const due = [this.#outbox.nextDueMs(), this.#lastUse.dueMs].filter((time) => time !== null);
    if (due.length > 0) await this.ctx.storage.setAlarm(Math.min(...due), options);
  }

  /** An alarm is lost when an older release refused this schema six times over. */
  async #armIfForgotten(): Promise<void> {
    if (this.#outbox.nextDueMs() !== null && (await this.ctx.storage.getAlarm()) === null) await this.#arm();
  }
}

function accept<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value };
}

function refuse<Refusal extends AccountRefusal>(reason: Refusal): { ok: false; reason: Refusal } {
  return { ok: false, reason };
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function isPast(expiresAt: number | null, nowMs: number): boolean {
  return expiresAt !== null && expiresAt <= toSeconds(nowMs);
}
