// The columns of a user in the Registry's table, and what they make.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { UserRecord } from '../../../protocol/objects/registry-administration.ts';
import { parseMetadata } from '../objects/key-row.ts';
import { parseLimits } from '../objects/stored-limits.ts';

export type UserRow = {
  id: string;
  name: string;
  external_id: string | null;
  /** JSON. */
  metadata: string;
  /** JSON; null: none. */
  limits: string | null;
  created_at: number;
  disabled: number;
  state: 'pending' | 'active' | 'deleted';
  change_number: number;
  /** JSON; null: nobody wants the user deleted. */
  deletion_actor: string | null;
  settle_failures: number;
};

/** A user whose account has yet to be told something: that it opens, what was changed, that it closes. */
export type UnsettledUser = UserRecord & {
  isPending: boolean;
  changeNumber: number;
  /** Who wants the user deleted; null: nobody. */
  deletionActor: AuditActor | null;
  failures: number;
};

export function toUserRecord(row: UserRow): UserRecord {
  return {
    id: row.id,
    name: row.name,
    externalId: row.external_id,
    disabled: row.disabled !== 0,
    limits: parseLimits(row.limits),
    metadata: parseMetadata(row.metadata),
    createdAt: row.created_at,
  };
}

export function toUnsettledUser(row: UserRow): UnsettledUser {
  return {
    ...toUserRecord(row),
    isPending: row.state === 'pending',
    changeNumber: row.change_number,
    // Written by this object, from a value of this very type.
    deletionActor: row.deletion_actor === null ? null : (JSON.parse(row.deletion_actor) as AuditActor),
    failures: row.settle_failures,
  };
}
