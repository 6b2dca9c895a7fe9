// The verdict on one call, from what the account holds at this moment. Pure: no reads, no clock, no writes.
import { equalInConstantTime } from '../../../protocol/credentials/equal-in-constant-time.ts';
import type { AdmitRefusal, AdmitRequest } from '../../../protocol/objects/account-admission.ts';
import type { AdmissionFacts, SecretRow } from './key-store.ts';

/** A permission's `expiresAt` is the key's own end, in Unix seconds; null: none. */
export type Verdict =
  { admitted: true; models: string[] | null; expiresAt: number | null } | { admitted: false; reason: AdmitRefusal };

/** `facts` null: the account has no such key. `now` in Unix seconds; a key ends at the second of its expiry. */
export function judgeCall(facts: AdmissionFacts | null, request: AdmitRequest, now: number): Verdict {
  if (facts === null) return { admitted: false, reason: 'unknown_key' };
  const secret = findSecret(facts.secrets, request.secretDigest);
  if (secret === null) return { admitted: false, reason: 'unknown_secret' };
  if (facts.revokedAt !== null || secret.state === 'revoked') return { admitted: false, reason: 'key_revoked' };
  if (facts.expiresAt !== null && facts.expiresAt <= now) return { admitted: false, reason: 'key_expired' };
  if (facts.disabled) return { admitted: false, reason: 'user_disabled' };
  if (request.model !== null && facts.models !== null && !facts.models.includes(request.model)) {
    return { admitted: false, reason: 'model_not_allowed' };
  }
  return { admitted: true, models: facts.models, expiresAt: facts.expiresAt };
}

/** Compares with every secret, each in constant time. */
function findSecret(secrets: readonly SecretRow[], digest: string): SecretRow | null {
  let found: SecretRow | null = null;
  for (const secret of secrets) if (equalInConstantTime(digest, secret.digest)) found = secret;
  return found;
}
