// A presented key by its form alone, and its digest: what can be known without a secret and without I/O.
import { parseCredential, type Credential } from '../../../protocol/credentials/credential.ts';
import { digestBriefly } from './digest-briefly.ts';

export type ReadKey = { credential: Credential; /** SHA-256 of the whole, base64url. */ secretDigest: string };
export type ReadKeyResult = ({ ok: true } & ReadKey) | { ok: false; reason: 'malformed' | 'not_an_api_key' };

/** Cuts the key into its fields; says nothing about whether anybody ever made it. */
export async function readKey(presented: string): Promise<ReadKeyResult> {
  const credential = parseCredential(presented);
  if (credential === null) return { ok: false, reason: 'malformed' };
  if (credential.kind !== 'api-key') return { ok: false, reason: 'not_an_api_key' };
  return { ok: true, credential, secretDigest: await digestBriefly(credential.text) };
}
