// What tests ask of the Registry itself, and tell it as an Account would.
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import type { AccountProjection, KeyFilter, UserFilter } from '../../../protocol/objects/registry-administration.ts';

export const ALL_KEYS: KeyFilter = { userId: null, search: null, status: null, rotationDue: null };
export const ALL_USERS: UserFilter = { search: null, externalId: null };
export const NOTHING_TOLD: AccountProjection = { account: null, keys: [], usage: [], auditHead: null };

export function keysOf(userId: string): KeyFilter {
  return { ...ALL_KEYS, userId };
}

export function copiesOf(keys: KeyRecord[]): AccountProjection {
  return { ...NOTHING_TOLD, keys };
}
