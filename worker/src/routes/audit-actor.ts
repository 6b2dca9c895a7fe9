// Who does an administrative act, for the audit log.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { AdminIdentity } from '../../../protocol/objects/registry-administration.ts';
import { clientAddress } from '../middleware/client-address.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';

/** `caller`: whose admin token was presented. */
export function auditActor(context: GatewayContext, { tokenId, name }: AdminIdentity): AuditActor {
  const { clientAddressTrust } = context.get('config');
  return {
    tokenId,
    tokenName: name,
    address: clientAddress(context.req.raw.headers, clientAddressTrust),
    requestId: context.get('requestId'),
  };
}
