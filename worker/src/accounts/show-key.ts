// A key's record as administrators see it: with the uses that storage has not yet, and without former secrets that have ended.
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import { toSeconds } from '../usage/calendar.ts';
import type { AccountParts } from './account-parts.ts';
import { isWorkingFormer } from './secret-store.ts';

/** Null: there is no such key. */
export function showKey({ keys, secrets, lastUse }: AccountParts, keyId: string, nowMs: number): KeyRecord | null {
  const record = keys.readKey(keyId);
  if (record === null) return null;
  const former = secrets.ofKey(keyId).filter((secret) => isWorkingFormer(secret, toSeconds(nowMs)));
  return {
    ...record,
    lastUsedAt: lastUse.ofKey(keyId) ?? record.lastUsedAt,
    graceSecrets: former.map((secret) => ({
      createdAt: secret.created_at,
      endsAt: secret.ends_at,
      lastUsedAt: lastUse.ofSecret(secret.digest) ?? secret.last_used_at,
    })),
  };
}
