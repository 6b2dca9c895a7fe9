// The end of an audit chain, vouched for by the gateway: whoever can write to the storage of one side only can neither make a
// shorter chain look whole nor forge the head that the other side keeps.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeBase64Url } from '../../../protocol/credentials/base64url.ts';
import { equalInConstantTime } from '../../../protocol/credentials/equal-in-constant-time.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { KeyCheckSecrets } from '../keys/check-keys.ts';

/** Keeps this use of the key-check secret apart from every other. */
const PURPOSE = 'hearthkey audit head';

const encoder = new TextEncoder();

/** The end of a chain: its last sequence number, and the hash there. */
export type AuditEnd = Pick<AuditHead, 'sequence' | 'hash'>;

/** Vouches for the end of a chain. `chain`: `registry`, or an account's id. */
export function signAuditHead(chain: string, end: AuditEnd, keyCheckSecret: string): AuditHead {
  return { ...end, mac: computeMac(chain, end, keyCheckSecret) };
}

/** Whether this gateway vouched for a head, under its key-check secret or the one before it. */
export function isGenuineAuditHead(chain: string, head: AuditHead, secrets: KeyCheckSecrets): boolean {
  return [secrets.keyCheckSecret, secrets.previousKeyCheckSecret].some(
    (secret) => secret !== null && equalInConstantTime(computeMac(chain, head, secret), head.mac),
  );
}

function computeMac(chain: string, { sequence, hash }: AuditEnd, keyCheckSecret: string): string {
  const key = hmac(sha256, encoder.encode(keyCheckSecret), encoder.encode(PURPOSE));
  return encodeBase64Url(hmac(sha256, key, encoder.encode(`${chain}\n${sequence}\n${hash}`)));
}
