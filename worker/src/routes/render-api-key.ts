// An API key as the admin API answers it. Its status is nowhere stored: it follows from times and the clock, as in the lists'
// filter (registry/key-filter.ts).
import type { ApiKey, KeyStatus } from '../../../protocol/admin/admin-key.ts';
import { displayPrefix } from '../../../protocol/credentials/credential.ts';
import type { GraceSecret, KeyRecord } from '../../../protocol/objects/key-record.ts';

/** `now` in Unix seconds. */
export function renderApiKey(key: KeyRecord, now: number): ApiKey {
  const status = statusOf(key, now);
  const rotationDueAt = key.rotateAfter === null ? null : key.rotatedAt + key.rotateAfter;
  return {
    object: 'api_key',
    id: key.keyId,
    user_id: key.accountId,
    name: key.name,
    prefix: displayPrefix('api-key', key.keyId),
    status,
    models: key.models,
    scopes: key.scopes,
    addresses: key.addresses,
    limits: key.limits,
    priority: key.priority,
    metadata: key.metadata,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    disabled_at: key.disabledAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
    rotated_at: key.rotatedAt,
    rotate_after: key.rotateAfter,
    rotation_due_at: rotationDueAt,
    rotation_due: isUsable(status) && rotationDueAt !== null && rotationDueAt <= now,
    // A copy may be older than the end of a grace.
    grace_secrets: key.graceSecrets.filter(({ endsAt }) => endsAt > now).map(renderGraceSecret),
  };
}

function statusOf({ revokedAt, expiresAt, disabledAt }: KeyRecord, now: number): KeyStatus {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return disabledAt === null ? 'active' : 'disabled';
}

/** A key that can never be used again need not be rotated. */
function isUsable(status: KeyStatus): boolean {
  return status === 'active' || status === 'disabled';
}

function renderGraceSecret({ createdAt, endsAt, lastUsedAt }: GraceSecret): ApiKey['grace_secrets'][number] {
  return { created_at: createdAt, ends_at: endsAt, last_used_at: lastUsedAt };
}
