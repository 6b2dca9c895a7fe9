// A key as the audit log tells of it: in the admin API's words, without secrets, without what changes by use.
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';

/** What an administrative act can change of a key. */
export function describeKey(key: KeyRecord): Record<string, unknown> {
  return {
    name: key.name,
    models: key.models,
    scopes: key.scopes,
    addresses: key.addresses,
    limits: key.limits,
    metadata: key.metadata,
    expires_at: key.expiresAt,
    rotate_after: key.rotateAfter,
    priority: key.priority,
    disabled_at: key.disabledAt,
    revoked_at: key.revokedAt,
    rotated_at: key.rotatedAt,
    grace_secrets: key.graceSecrets.map(({ createdAt, endsAt }) => ({ created_at: createdAt, ends_at: endsAt })),
  };
}
