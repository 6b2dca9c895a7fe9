// New secrets for the same key. The former one works on for a grace period and shares all that the key has; several may be in
// grace at once, each with its own end. Calls are judged by those ends; the alarm only cleans up after them.
import type { AccountAdministration, AccountAnswer } from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import { toSeconds } from '../usage/calendar.ts';
import { accept, refuse } from './account-answer.ts';
import type { AccountParts } from './account-parts.ts';
import { commitKeyAct } from './commit-key-act.ts';
import { isWorkingFormer } from './secret-store.ts';
import { showKey } from './show-key.ts';

type Answer<Method extends keyof AccountAdministration> = ReturnType<AccountAdministration[Method]>;

/** Former secrets of a key that work at once: a call compares with each, and nobody keeps track of more. */
const MAX_GRACE_SECRETS = 8;
/** Cleaned up in one alarm. What is left is due at once again. */
const KEYS_PER_ALARM = 32;

export class KeyRotation {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  async rotateKey(keyId: string, digest: string, graceSeconds: number, actor: AuditActor): Answer<'rotateKey'> {
    const { keys, secrets } = this.#parts;
    const nowMs = Date.now();
    const now = toSeconds(nowMs);
    const present = keys.readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt !== null) return refuse('key_revoked');
    const known = secrets.ofKey(keyId);
    if (!known.some((secret) => secret.digest === digest)) {
      if (present.expiresAt !== null && present.expiresAt <= now) return refuse('key_expired');
      const former = known.filter((secret) => isWorkingFormer(secret, now));
      if (graceSeconds > 0 && former.length >= MAX_GRACE_SECRETS) return refuse('too_many_secrets');
      const write = (): string[] => this.#writeRotation(keyId, digest, now, graceSeconds);
      await commitKeyAct(this.#parts, { action: 'key.rotate', actor, keyId, nowMs, write });
    }
    if (graceSeconds === 0) await this.#parts.runOut();
    return this.#answer(keyId);
  }

  async finishRotation(keyId: string, actor: AuditActor): Answer<'finishRotation'> {
    const { keys, secrets } = this.#parts;
    const nowMs = Date.now();
    const present = keys.readKey(keyId);
    if (present === null) return refuse('unknown_key');
    if (present.revokedAt !== null) return refuse('key_revoked');
    if (secrets.ofKey(keyId).some((secret) => isWorkingFormer(secret, toSeconds(nowMs)))) {
      const write = (): string[] => {
        keys.raiseVersion(keyId);
        return secrets.endFormer(keyId, null);
      };
      await commitKeyAct(this.#parts, { action: 'key.finish_rotation', actor, keyId, nowMs, write });
    }
    await this.#parts.runOut();
    return this.#answer(keyId);
  }

  /** When the next former secret ends, in Unix milliseconds; null: there is none. */
  nextDueMs(): number | null {
    const endsAt = this.#parts.secrets.nextEnd();
    return endsAt === null ? null : endsAt * 1000;
  }

  /** Cleans up after former secrets whose end has come: their index entries go, and the Registry's copy forgets them. */
  endDue(nowMs: number): void {
    const { keys, secrets, outbox } = this.#parts;
    for (const keyId of secrets.keysWithEnded(toSeconds(nowMs), KEYS_PER_ALARM)) {
      for (const digest of secrets.endFormer(keyId, toSeconds(nowMs))) outbox.put('index', digest, nowMs);
      keys.raiseVersion(keyId);
      outbox.put('key', keyId, nowMs);
    }
  }

  /** Gives the digests whose index entries have to be looked at. With no grace, former secrets of earlier rotations end too. */
  #writeRotation(keyId: string, digest: string, now: number, graceSeconds: number): string[] {
    const { keys, secrets, lastUse } = this.#parts;
    for (const secret of secrets.ofKey(keyId)) if (secret.state === 'current') lastUse.forgetSecret(secret.digest);
    secrets.beginGrace(keyId, now + graceSeconds);
    const ended = secrets.endFormer(keyId, graceSeconds === 0 ? null : now);
    secrets.insertCurrent(keyId, digest, now);
    secrets.forgetOldest(keyId);
    keys.writeRotation(keyId, now);
    return [digest, ...ended];
  }

  #answer(keyId: string): AccountAnswer<KeyRecord, 'unknown_key'> {
    const record = showKey(this.#parts, keyId, Date.now());
    return record === null ? refuse('unknown_key') : accept(record);
  }
}
