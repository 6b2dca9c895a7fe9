// The key-check secrets of this gateway, imported once per isolate. The isolate keeps imported keys (values), never a
// promise of them.
import { importCheckKeys, type CheckKeys } from '../../../protocol/credentials/credential-check.ts';

/** The part of the gateway's configuration that the check of a credential needs. Each has at least 43 characters. */
export type KeyCheckSecrets = {
  keyCheckSecret: string;
  /** Still verifies, no longer signs: the other half of the overlap while the key-check secret is rotated. */
  previousKeyCheckSecret: string | null;
};

let imported: { current: string; previous: string | null; keys: CheckKeys } | null = null;

/** The imported secrets; imports anew when they changed. */
export async function checkKeysOf(secrets: KeyCheckSecrets): Promise<CheckKeys> {
  const { keyCheckSecret: current, previousKeyCheckSecret: previous } = secrets;
  if (imported !== null && imported.current === current && imported.previous === previous) return imported.keys;
  const keys = await importCheckKeys(current, previous ?? undefined);
  imported = { current, previous, keys };
  return keys;
}
