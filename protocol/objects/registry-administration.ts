// What the gateway's admin routes ask of the Registry, the one object of the admin plane: names, lists, admin tokens, and
// the order of steps where a change concerns an Account too. No call for a completion ever comes here.
import type { Metadata } from '../admin/admin-user.ts';
import type { AccountState } from './account-administration.ts';
import type { KeyChange, KeyRecord, NewKey } from './key-record.ts';

export type UserRecord = {
  /** The account id: 8 base62 characters. */
  id: string;
  name: string;
  externalId: string | null;
  disabled: boolean;
  metadata: Metadata;
  /** Unix time in seconds. */
  createdAt: number;
};

export type NewUser = Pick<UserRecord, 'id' | 'name' | 'externalId' | 'metadata'>;

/** Absent fields stay as they are. */
export type UserChange = {
  name?: string | undefined;
  externalId?: string | null | undefined;
  disabled?: boolean | undefined;
  metadata?: Metadata | undefined;
};

/** A page of a list, newest first: what comes after the item with the id `after`. */
export type PageRequest = { limit: number; after: string | null };
export type PageOf<Item> = { items: Item[]; hasMore: boolean };

/** Why the Registry did not do what it was asked. Each has one answer on the wire (routes/admin-refusal.ts). */
export type RegistryRefusal =
  | 'name_taken'
  | 'external_id_taken'
  /** A random id was drawn twice. */
  | 'id_taken'
  | 'user_not_found'
  | 'user_disabled'
  | 'key_not_found'
  | 'key_revoked'
  | 'expiry_in_past'
  /** `after` names nothing in this list. */
  | 'unknown_cursor'
  /** The Account could not be reached. What was begun is finished or undone by the Registry's alarm. */
  | 'account_unavailable';

export type RegistryAnswer<Value> = { ok: true; value: Value } | { ok: false; reason: RegistryRefusal };

export type AdminRole = 'admin';
export type AdminIdentity = { tokenId: string; role: AdminRole };

export interface RegistryAdministration {
  /** Whose admin token has this digest (SHA-256, base64url); null: nobody's. */
  authenticateAdmin(tokenDigest: string): Promise<AdminIdentity | null>;
  /** Replaces the root token, if the presented one still is it. False: it is not. The old one stops at once. */
  resetRootToken(presentedDigest: string, newDigest: string): Promise<boolean>;

  createUser(user: NewUser): Promise<RegistryAnswer<UserRecord>>;
  listUsers(page: PageRequest): Promise<RegistryAnswer<PageOf<UserRecord>>>;
  showUser(id: string): Promise<RegistryAnswer<UserRecord>>;
  /** A user that was disabled has no call admitted from the moment of the answer. */
  updateUser(id: string, change: UserChange): Promise<RegistryAnswer<UserRecord>>;

  createKey(key: NewKey): Promise<RegistryAnswer<KeyRecord>>;
  /** From the Registry's copies: `lastUsedAt` may lag by a few minutes. `userId` null: of all users. */
  listKeys(page: PageRequest, userId: string | null): Promise<RegistryAnswer<PageOf<KeyRecord>>>;
  /** From the Account itself. */
  showKey(keyId: string): Promise<RegistryAnswer<KeyRecord>>;
  updateKey(keyId: string, change: KeyChange): Promise<RegistryAnswer<KeyRecord>>;
  /** From the moment of the answer no call is admitted with this key. Again: the same answer. */
  revokeKey(keyId: string): Promise<RegistryAnswer<KeyRecord>>;
}

/** The part of the Registry that Account objects use. */
export interface RegistryProjections {
  /** Takes copies of an account's truth. Older versions than those held, and keys never heard of, are passed over. */
  applyProjections(accountId: string, account: AccountState | null, keys: KeyRecord[]): Promise<void>;
}
