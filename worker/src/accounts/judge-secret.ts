// Is the presented secret one of the key's that works, here and now? Pure: no reads, no clock, no writes.
import { equalInConstantTime } from '../../../protocol/credentials/equal-in-constant-time.ts';
import type { KeyRefusal, PresentedSecret } from '../../../protocol/objects/account-admission.ts';
import { isAddressAllowed } from '../keys/address-list.ts';
import type { AdmissionFacts, SecretRow } from './key-store.ts';

export type SecretVerdict = { ok: true; facts: AdmissionFacts; secret: SecretRow } | { ok: false; reason: KeyRefusal };

/** `facts` null: the account has no such key. `now` in Unix seconds; keys and secrets end at the second of their end. */
export function judgeSecret(facts: AdmissionFacts | null, presented: PresentedSecret, now: number): SecretVerdict {
  if (facts === null) return { ok: false, reason: 'unknown_key' };
  const secret = findSecret(facts.secrets, presented.secretDigest);
  if (secret === null) return { ok: false, reason: 'unknown_secret' };
  const { record, userDisabled } = facts;
  if (record.revokedAt !== null) return { ok: false, reason: 'key_revoked' };
  if (!works(secret, now)) return { ok: false, reason: 'secret_ended' };
  if (record.disabledAt !== null) return { ok: false, reason: 'key_disabled' };
  if (record.expiresAt !== null && record.expiresAt <= now) return { ok: false, reason: 'key_expired' };
  if (userDisabled) return { ok: false, reason: 'user_disabled' };
  if (!isAddressAllowed(record.addresses, presented.address)) return { ok: false, reason: 'address_not_allowed' };
  return { ok: true, facts, secret };
}

/** Compares with every secret, each in constant time. */
function findSecret(secrets: readonly SecretRow[], digest: string): SecretRow | null {
  let found: SecretRow | null = null;
  for (const secret of secrets) if (equalInConstantTime(digest, secret.digest)) found = secret;
  return found;
}

function works({ state, ends_at: endsAt }: SecretRow, now: number): boolean {
  return state === 'current' || (state === 'grace' && endsAt !== null && endsAt > now);
}
