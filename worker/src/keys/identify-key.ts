// From what a caller presented to whose key it is. Identity only: whether the key may do anything is asked of its Account
// on every call, never remembered here. The order keeps invented and mistyped keys from causing any I/O.
import { verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import { accountOfKeyId, type Credential } from '../../../protocol/credentials/credential.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { BoundedMap } from '../isolate/bounded-map.ts';
import { withinTime } from '../objects/within-time.ts';
import { checkKeysOf, type KeyCheckSecrets } from './check-keys.ts';
import { readIndexEntry } from './key-index.ts';
import type { ReadKey } from './read-key.ts';

/** KV answers in a few ms, a cold read in some 100 ms. The key's id names the account too, so nobody waits long. */
const INDEX_READ_LIMIT_MS = 1_000;

export type KeyIdentity =
  { ok: true; keyId: string; accountId: string; secretDigest: string } | { ok: false; reason: 'bad_check' };

/** Whose a key is never changes, so an entry cannot become wrong; whether the key is valid is not in here. */
type Identity = { accountId: string; keyId: string };

/** About 2 MB at 200 bytes an entry. */
const MAX_IDENTITIES = 10_000;
const identities = new BoundedMap<string, Identity>(MAX_IDENTITIES);

/**
 * Says which key of which account was presented (`readKey`), without saying whether it is valid. Reads KV at most once; when KV has
 * not the entry (not yet propagated), holds garbage or fails, the account that the key's id names is the answer.
 */
export async function identifyKey(
  { credential, secretDigest }: ReadKey,
  env: GatewayEnv,
  config: KeyCheckSecrets,
): Promise<KeyIdentity> {
  const known = identities.get(secretDigest);
  if (known !== undefined) return { ok: true, ...known, secretDigest };
  if (!(await verifyCheck(credential, await checkKeysOf(config)))) return { ok: false, reason: 'bad_check' };
  const identity = await lookUp(credential, secretDigest, env);
  identities.set(secretDigest, identity);
  return { ok: true, ...identity, secretDigest };
}

/** Asks KV; what it says counts only when it agrees with the id that the key's check vouches for. */
async function lookUp(credential: Credential, digest: string, env: GatewayEnv): Promise<Identity> {
  const named: Identity = { accountId: accountOfKeyId(credential.id), keyId: credential.id };
  const entry = await readEntry(env.KEYS, digest);
  if (entry?.account !== named.accountId || entry.keyId !== named.keyId) return named;
  return { accountId: entry.account, keyId: entry.keyId };
}

async function readEntry(namespace: KVNamespace, digest: string): ReturnType<typeof readIndexEntry> {
  try {
    return await withinTime(readIndexEntry(namespace, digest), INDEX_READ_LIMIT_MS, 'the key index');
  } catch {
    return null;
  }
}
