// The gateway itself, as the audit log names it.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';

export const SYSTEM_ACTOR: AuditActor = { tokenId: 'system', tokenName: 'system', address: null, requestId: null };
