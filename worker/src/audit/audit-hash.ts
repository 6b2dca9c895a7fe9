// What chains the audit entries: each hash covers the one before it. Synchronous, so that an entry is written in the very
// transaction of what it tells of.
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeBase64Url } from '../../../protocol/credentials/base64url.ts';

/** Before the first entry. */
export const FIRST_PREVIOUS_HASH = '';

const encoder = new TextEncoder();

/** SHA-256 (base64url) of the hash before, a line feed, and the entry's text as it is stored. */
export function hashAuditEntry(previousHash: string, entry: string): string {
  return encodeBase64Url(sha256(encoder.encode(`${previousHash}\n${entry}`)));
}
