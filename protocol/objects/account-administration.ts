// What the Registry asks of an Account object: the truth of a user's keys. Every method answers after its commit, and answers
// the same when it is asked again, so that a creation that broke off can be finished by repeating it. Whatever takes rights away
// answers only when no call can start any more that would still have them.
import type { AuditPage, AuditVerification } from '../admin/audit.ts';
import type { Limits } from '../admin/limits.ts';
import type { AuditActor } from './audit-actor.ts';
import type { KeyChange, KeyRecord, NewKey } from './key-record.ts';
import type { UsageOfHour } from './usage-sum.ts';

/** What the account itself judges its user by. */
export type AccountState = {
  disabled: boolean;
  /** Of all keys together; null: none. */
  limits: Limits | null;
  /** Grows with every change. */
  version: number;
};

export type AccountChange = { disabled?: boolean | undefined; limits?: Limits | null | undefined };

/** The end of a hash chain, vouched for: `mac` is an HMAC over chain, sequence and hash under a secret of the gateway. */
export type AuditHead = { sequence: number; hash: string; mac: string };

export type AccountRefusal =
  | 'unknown_account'
  | 'unknown_key'
  | 'user_disabled'
  | 'expiry_in_past'
  | 'key_revoked'
  | 'key_expired'
  /** A limit of the key is for a model that it may not use. */
  | 'limit_for_other_model'
  /** As many former secrets work as may: one must end first. */
  | 'too_many_secrets'
  /** The account still has keys that are not revoked. */
  | 'keys_left'
  /** Another key has this id already. */
  | 'key_exists'
  /** The creation of this key was given up before. */
  | 'key_cancelled';

export type AccountAnswer<Value, Refusal extends AccountRefusal> =
  { ok: true; value: Value } | { ok: false; reason: Refusal };

/** What `reconcile` found out, and mended unless it was to look only. */
export type IndexReconciliation = { secrets: number; missing: number; superfluous: number };

export interface AccountAdministration {
  /** Opens the account of a user. `createdAt` in Unix seconds. */
  openAccount(accountId: string, createdAt: number, limits: Limits | null): Promise<AccountState>;

  /** While disabled, none of the account's keys is admitted. */
  updateAccount(change: AccountChange): Promise<AccountAnswer<AccountState, 'unknown_account'>>;

  /** Closes the account for good, when all its keys are revoked. Closing it again gives the same answer. */
  closeAccount(): Promise<AccountAnswer<null, 'unknown_account' | 'keys_left'>>;

  /** Makes a key that works from the moment of the answer. The same key again is answered with its record. */
  createKey(
    key: NewKey,
    actor: AuditActor,
  ): Promise<
    AccountAnswer<KeyRecord, 'unknown_account' | 'user_disabled' | 'expiry_in_past' | 'key_exists' | 'key_cancelled'>
  >;

  updateKey(
    keyId: string,
    change: KeyChange,
    actor: AuditActor,
  ): Promise<AccountAnswer<KeyRecord, 'unknown_key' | 'key_revoked' | 'expiry_in_past' | 'limit_for_other_model'>>;

  /** While disabled, the key is not admitted. Secrets, limits and usage stay. */
  setKeyDisabled(
    keyId: string,
    disabled: boolean,
    actor: AuditActor,
  ): Promise<AccountAnswer<KeyRecord, 'unknown_key' | 'key_revoked'>>;

  /** From the moment of the answer no call is admitted with this key. A revoked key is answered with its record. */
  revokeKey(keyId: string, actor: AuditActor): Promise<AccountAnswer<KeyRecord, 'unknown_key'>>;

  /**
   * Gives the key a new secret. The one that was current works on for `graceSeconds`; those before it end when they were to end.
   * With 0 none but the new one works from the moment of the answer.
   */
  rotateKey(
    keyId: string,
    secretDigest: string,
    graceSeconds: number,
    actor: AuditActor,
  ): Promise<AccountAnswer<KeyRecord, 'unknown_key' | 'key_revoked' | 'key_expired' | 'too_many_secrets'>>;

  /** Ends every former secret now. Without any: answered with the record. */
  finishRotation(keyId: string, actor: AuditActor): Promise<AccountAnswer<KeyRecord, 'unknown_key' | 'key_revoked'>>;

  /** Gives up a key that was never acknowledged: removes it, and refuses to create it should that request still come. */
  cancelKey(keyId: string): Promise<void>;

  showKey(keyId: string): Promise<AccountAnswer<KeyRecord, 'unknown_key'>>;

  /** Compares the index with what it should hold, and mends it unless `dryRun`. */
  reconcileIndex(dryRun: boolean): Promise<IndexReconciliation>;

  /** Sums of the hours from `from` (Unix seconds, the begin of an hour) to before `to`, oldest first, and whether that was all. */
  readUsage(from: number, to: number): Promise<{ sums: UsageOfHour[]; complete: boolean }>;

  /** The newest audit entries before `before` (null: from the end). */
  listAudit(limit: number, before: number | null): Promise<Omit<AuditPage, 'object'>>;

  /** Recomputes the chain, and compares its end with the head that the Registry keeps. */
  verifyAudit(head: AuditHead | null): Promise<Pick<AuditVerification, 'entries' | 'head_sequence' | 'problems'>>;
}
