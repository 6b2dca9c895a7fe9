// A new credential: its text, which one answer holds, and its digest, which is all that is kept.
import { mintCredential } from '../../../protocol/credentials/credential-check.ts';
import type { CredentialKind } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { checkKeysOf, type KeyCheckSecrets } from '../keys/check-keys.ts';

export async function mintSecret(
  kind: CredentialKind,
  id: string,
  secrets: KeyCheckSecrets,
): Promise<{ text: string; digest: string }> {
  const { text } = await mintCredential(kind, id, await checkKeysOf(secrets));
  return { text, digest: await sha256(text) };
}
