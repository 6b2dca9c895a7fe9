// The verdict on one call, from what the account holds at this moment. Pure: no reads, no clock, no writes.
import { equalInConstantTime } from '../../../protocol/credentials/equal-in-constant-time.ts';
import type { AdmitRequest, KeyRefusal } from '../../../protocol/objects/account-admission.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import type { AdmissionFacts } from './key-store.ts';
import { isWorkingFormer, type SecretRow } from './secret-store.ts';

export type Verdict =
  | { admitted: true; record: KeyRecord; secret: SecretRow }
  | { admitted: false; reason: KeyRefusal | 'model_not_allowed' };

/** `facts` null: the account has no such key. `now` in Unix seconds; a key ends at the second of its expiry. */
export function judgeCall(facts: AdmissionFacts | null, request: AdmitRequest, now: number): Verdict {
  if (facts === null) return { admitted: false, reason: 'unknown_key' };
  const { record, userDisabled } = facts;
  const secret = findSecret(facts.secrets, request.secretDigest);
  if (secret === null) return { admitted: false, reason: 'unknown_secret' };
  if (record.revokedAt !== null) return { admitted: false, reason: 'key_revoked' };
  if (secret.state !== 'current' && !isWorkingFormer(secret, now)) return { admitted: false, reason: 'secret_ended' };
  if (record.disabledAt !== null) return { admitted: false, reason: 'key_disabled' };
  if (record.expiresAt !== null && record.expiresAt <= now) return { admitted: false, reason: 'key_expired' };
  if (userDisabled) return { admitted: false, reason: 'user_disabled' };
  if (request.model !== null && record.models !== null && !record.models.includes(request.model)) {
    return { admitted: false, reason: 'model_not_allowed' };
  }
  return { admitted: true, record, secret };
}

/** Compares with every secret, each in constant time. */
function findSecret(secrets: readonly SecretRow[], digest: string): SecretRow | null {
  let found: SecretRow | null = null;
  for (const secret of secrets) if (equalInConstantTime(digest, secret.digest)) found = secret;
  return found;
}
