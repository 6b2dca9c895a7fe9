// What administrators do with the keys of an account, but for rotation. Every act is decided and written without anything coming
// in between; one that takes rights away is acknowledged only when no verdict from before it is in use any more. What is so
// already is answered and not written again.
import type {
  AccountAdministration,
  AccountAnswer,
  AccountRefusal,
} from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyChange, KeyRecord, KeySettings, NewKey } from '../../../protocol/objects/key-record.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { SYSTEM_ACTOR } from '../audit/system-actor.ts';
import { toSeconds } from '../usage/calendar.ts';
import { accept, refuse } from './account-answer.ts';
import type { AccountParts } from './account-parts.ts';
import { commitKeyAct } from './commit-key-act.ts';
import { describeKey } from './describe-key.ts';
import { isIndexed } from './is-indexed.ts';
import { showKey } from './show-key.ts';

type Answer<Method extends keyof AccountAdministration> = ReturnType<AccountAdministration[Method]>;

/** Settings that say what the key may do: changing one may take something away. */
const RIGHTS: readonly (keyof KeySettings)[] = ['models', 'scopes', 'addresses', 'limits', 'expiresAt'];

export class KeyAdministration {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  async createKey(key: NewKey, actor: AuditActor): Answer<'createKey'> {
    const { keys, secrets } = this.#parts;
    const { keyId, secretDigest } = key;
    const nowMs = Date.now();
    const account = keys.readAccount();
    if (account === null || account.closed) return refuse('unknown_account');
    if (keys.readKey(keyId) !== null) {
      const isRepeated = secrets.ofKey(keyId).some((secret) => secret.digest === secretDigest);
      return isRepeated ? this.#answer(keyId, 'key_cancelled') : refuse('key_exists');
    }
    if (keys.isCancelled(keyId)) return refuse('key_cancelled');
    if (account.disabled) return refuse('user_disabled');
    if (isPast(key.expiresAt, nowMs)) return refuse('expiry_in_past');
    const write = (): string[] => {
      keys.insertKey(key, toSeconds(nowMs));
      return [secretDigest];
    };
    await commitKeyAct(this.#parts, { action: 'key.create', actor, keyId, nowMs, write });
    return this.#answer(keyId, 'key_cancelled');
  }

  async updateKey(keyId: string, change: KeyChange, actor: AuditActor): Answer<'updateKey'> {
    const { keys } = this.#parts;
    const nowMs = Date.now();
    const present = keys.readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt !== null) return refuse('key_revoked');
    const wanted = applyChange(present, change);
    if (isPast(change.expiresAt ?? null, nowMs)) return refuse('expiry_in_past');
    if (limitsOtherModel(wanted)) return refuse('limit_for_other_model');
    if (!isSame(present, wanted)) {
      const write = (): string[] => {
        keys.writeSettings(keyId, wanted);
        return [];
      };
      await commitKeyAct(this.#parts, { action: 'key.update', actor, keyId, nowMs, write });
    }
    if (RIGHTS.some((name) => change[name] !== undefined)) await this.#parts.runOut();
    return this.#answer(keyId, 'unknown_key');
  }

  async setKeyDisabled(keyId: string, disabled: boolean, actor: AuditActor): Answer<'setKeyDisabled'> {
    const { keys } = this.#parts;
    const nowMs = Date.now();
    const present = keys.readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt !== null) return refuse('key_revoked');
    if ((present.disabledAt !== null) !== disabled) {
      const write = (): string[] => {
        keys.writeDisabled(keyId, disabled ? toSeconds(nowMs) : null);
        return [];
      };
      const action = disabled ? 'key.disable' : 'key.enable';
      await commitKeyAct(this.#parts, { action, actor, keyId, nowMs, write });
    }
    if (disabled) await this.#parts.runOut();
    return this.#answer(keyId, 'unknown_key');
  }

  async revokeKey(keyId: string, actor: AuditActor): Answer<'revokeKey'> {
    const { keys } = this.#parts;
    const nowMs = Date.now();
    const present = keys.readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt === null) {
      const write = (): string[] => {
        const digests = this.#indexedDigests(keyId);
        keys.revokeKey(keyId, toSeconds(nowMs));
        return digests;
      };
      await commitKeyAct(this.#parts, { action: 'key.revoke', actor, keyId, nowMs, write });
    }
    await this.#parts.runOut();
    return this.#answer(keyId, 'unknown_key');
  }

  /** The audit log has the creation already: it is told that nothing came of it. */
  async cancelKey(keyId: string): Promise<void> {
    const { keys, outbox } = this.#parts;
    const nowMs = Date.now();
    const cancel = (): string[] => {
      const digests = this.#indexedDigests(keyId);
      outbox.drop('key', keyId);
      keys.cancelKey(keyId, toSeconds(nowMs));
      return digests;
    };
    if (keys.readAccount() === null) return;
    if (keys.readKey(keyId) === null) await this.#parts.commit(cancel);
    else await commitKeyAct(this.#parts, { action: 'key.revoke', actor: SYSTEM_ACTOR, keyId, nowMs, write: cancel });
  }

  showKey(keyId: string): Answer<'showKey'> {
    return Promise.resolve(this.#answer(keyId, 'unknown_key'));
  }

  #indexedDigests(keyId: string): string[] {
    return this.#parts.secrets.ofKey(keyId).flatMap((secret) => (isIndexed(secret) ? [secret.digest] : []));
  }

  /** The record as it is now; `gone` when the key was cancelled in the meantime. */
  #answer<Gone extends AccountRefusal>(keyId: string, gone: Gone): AccountAnswer<KeyRecord, Gone> {
    const record = showKey(this.#parts, keyId, Date.now());
    return record === null ? refuse(gone) : accept(record);
  }
}

function applyChange(present: KeyRecord, change: KeyChange): KeyRecord {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...present, ...(Object.fromEntries(named) as Partial<KeySettings>) };
}

function isSame(one: KeyRecord, other: KeyRecord): boolean {
  return Object.keys(changedFields(describeKey(one), describeKey(other)).after).length === 0;
}

/** A limit for a model that the key may not use contradicts its models. */
function limitsOtherModel({ models, limits }: KeySettings): boolean {
  return models !== null && Object.keys(limits?.models ?? {}).some((model) => !models.includes(model));
}

function isPast(expiresAt: number | null, nowMs: number): boolean {
  return expiresAt !== null && expiresAt <= toSeconds(nowMs);
}
