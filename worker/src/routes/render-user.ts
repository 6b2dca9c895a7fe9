// A user as the admin API answers it.
import type { User } from '../../../protocol/admin/admin-user.ts';
import type { UserRecord } from '../../../protocol/objects/registry-administration.ts';

export function renderUser(user: UserRecord): User {
  return {
    object: 'user',
    id: user.id,
    name: user.name,
    external_id: user.externalId,
    disabled: user.disabled,
    limits: user.limits,
    metadata: user.metadata,
    created_at: user.createdAt,
  };
}
