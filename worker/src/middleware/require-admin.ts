// The access rule of admin routes: an admin token that the Registry knows. Every way of having none gets the very same 401;
// the log knows why.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdminIdentity } from '../../../protocol/objects/registry-administration.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { adminTokenDigest } from './admin-token-digest.ts';
import type { GatewayContext } from './gateway-context.ts';

/**
 * Resolves to who presents `Authorization: Bearer hka_…`. Throws `invalid_admin_token` otherwise, or `rate_limit_exceeded` after
 * too many such from one address.
 */
export async function requireAdmin(context: GatewayContext): Promise<AdminIdentity> {
  const presented = await adminTokenDigest(context.req.raw.headers, context.get('config'), (digest) => {
    context.get('attempt').begin('admin-token', digest);
  });
  if (!presented.ok) throw new ApiError('invalid_admin_token', { reason: presented.reason });
  const admin = await askRegistry(context.env, (registry) => registry.authenticateAdmin(presented.digest));
  if (admin === null) throw new ApiError('invalid_admin_token', { reason: 'unknown_token' });
  return admin;
}
