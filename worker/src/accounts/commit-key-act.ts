// The one way in which an administrator's act changes a key: the rows, what is owed to others, and the audit entry, all of it
// or none.
import type { AuditAction } from '../../../protocol/admin/audit.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import { changedFields } from '../audit/changed-fields.ts';
import type { AccountParts } from './account-parts.ts';
import { describeKey } from './describe-key.ts';

export type KeyAct = {
  action: AuditAction;
  actor: AuditActor;
  keyId: string;
  nowMs: number;
  /** Writes the rows; gives the digests whose index entries have to be looked at. */
  write: () => string[];
};

/** Carries out an act on a key. */
export async function commitKeyAct(parts: AccountParts, { action, actor, keyId, nowMs, write }: KeyAct): Promise<void> {
  const { keys, outbox, audit } = parts;
  await parts.commit(() => {
    const before = keys.readKey(keyId);
    for (const digest of write()) outbox.put('index', digest, nowMs);
    const after = keys.readKey(keyId);
    const accountId = (after ?? before)?.accountId;
    if (accountId === undefined) throw new Error('commitKeyAct: there is no such key, before or after');
    if (after !== null) outbox.put('key', keyId, nowMs);
    audit.append(accountId, { actor, action, target: keyId, ...describeDifference(before, after) }, nowMs);
    outbox.put('audit', accountId, nowMs);
  });
}

type Description = Record<string, unknown> | null;

function describeDifference(
  before: KeyRecord | null,
  after: KeyRecord | null,
): { before: Description; after: Description } {
  if (before !== null && after !== null) return changedFields(describeKey(before), describeKey(after));
  return { before: before && describeKey(before), after: after && describeKey(after) };
}
