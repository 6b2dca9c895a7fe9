// An admin token as the admin API answers it.
import type { AdminToken } from '../../../protocol/admin/admin-token.ts';
import type { AdminTokenRecord } from '../../../protocol/objects/registry-administration.ts';

export function renderAdminToken(token: AdminTokenRecord): AdminToken {
  return {
    object: 'admin_token',
    id: token.tokenId,
    name: token.name,
    role: token.role,
    created_at: token.createdAt,
    last_used_at: token.lastUsedAt,
    former_ends_at: token.formerEndsAt,
  };
}
