// An API key as the admin API answers it. `expired` is nowhere stored: it follows from the clock.
import type { ApiKey } from '../../../protocol/admin/admin-key.ts';
import { displayPrefix } from '../../../protocol/credentials/credential.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';

/** `now` in Unix seconds. */
export function renderApiKey(key: KeyRecord, now: number): ApiKey {
  return {
    object: 'api_key',
    id: key.keyId,
    user_id: key.accountId,
    name: key.name,
    prefix: displayPrefix('api-key', key.keyId),
    status: statusOf(key, now),
    models: key.models,
    metadata: key.metadata,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  };
}

function statusOf({ revokedAt, expiresAt }: KeyRecord, now: number): ApiKey['status'] {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}
