// What the Registry asks of an Account object: the truth of a user's keys. Every method answers after its commit, and
// answers the same when it is asked again, so that a creation that broke off can be finished by repeating it.
import type { KeyChange, KeyRecord, NewKey } from './key-record.ts';

/** What the account itself judges its user by. */
export type AccountState = {
  disabled: boolean;
  /** Grows with every change. */
  version: number;
};

export type AccountRefusal =
  | 'unknown_account'
  | 'unknown_key'
  | 'user_disabled'
  | 'expiry_in_past'
  | 'key_revoked'
  /** Another key has this id already. */
  | 'key_exists'
  /** The creation of this key was given up before. */
  | 'key_cancelled';

export type AccountAnswer<Value, Refusal extends AccountRefusal> =
  { ok: true; value: Value } | { ok: false; reason: Refusal };

export interface AccountAdministration {
  /** Opens the account of a user. `createdAt` in Unix seconds. */
  openAccount(accountId: string, createdAt: number): Promise<AccountState>;

  /** While disabled, none of the account's keys is admitted. */
  setDisabled(disabled: boolean): Promise<AccountAnswer<AccountState, 'unknown_account'>>;

  /** Makes a key that works from the moment of the answer. The same key again is answered with its record. */
  createKey(
    key: NewKey,
  ): Promise<
    AccountAnswer<KeyRecord, 'unknown_account' | 'user_disabled' | 'expiry_in_past' | 'key_exists' | 'key_cancelled'>
  >;

  updateKey(
    keyId: string,
    change: KeyChange,
  ): Promise<AccountAnswer<KeyRecord, 'unknown_key' | 'key_revoked' | 'expiry_in_past'>>;

  /** From the moment of the answer no call is admitted with this key. A revoked key is answered with its record. */
  revokeKey(keyId: string): Promise<AccountAnswer<KeyRecord, 'unknown_key'>>;

  /** Gives up a key that was never acknowledged: removes it, and refuses to create it should that request still come. */
  cancelKey(keyId: string): Promise<void>;

  showKey(keyId: string): Promise<AccountAnswer<KeyRecord, 'unknown_key'>>;
}
