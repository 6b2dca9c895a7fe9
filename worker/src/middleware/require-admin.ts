// The access rule of admin routes: an admin token that the Registry knows, of a role that may do that. Every way of having none
// gets the very same 401; the log knows why.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdminIdentity } from '../../../protocol/objects/registry-administration.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { bearerDigest } from './bearer-digest.ts';
import type { GatewayContext } from './gateway-context.ts';

/** What changes nothing, so that a viewer may do it. */
const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Resolves to who presents `Authorization: Bearer hka_…`. Throws `invalid_admin_token` otherwise, or `rate_limit_exceeded` after
 * too many such from one address, or `insufficient_permissions` for a viewer who would change something.
 */
export async function requireAdmin(context: GatewayContext): Promise<AdminIdentity> {
  const presented = await bearerDigest('admin-token', context.req.raw.headers, context.get('config'), (digest) => {
    context.get('attempt').begin('admin-token', digest);
  });
  if (!presented.ok) throw new ApiError('invalid_admin_token', { reason: presented.reason });
  const admin = await askRegistry(context.env, (registry) => registry.authenticateAdmin(presented.digest));
  if (admin === null) throw new ApiError('invalid_admin_token', { reason: 'unknown_token' });
  if (admin.role !== 'admin' && !READING_METHODS.has(context.req.method)) {
    throw new ApiError('insufficient_permissions', {
      message: 'This admin token has the role viewer: it may read, and change nothing.',
      reason: `role ${admin.role}`,
    });
  }
  return admin;
}
