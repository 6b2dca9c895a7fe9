// From what a caller presented to whose key it is. Identity only: whether the key may do anything is asked of its Account
// on every call, never remembered here.
import type { GatewayEnv } from '../gateway-env.ts';
import type { KeyCheckSecrets } from './check-keys.ts';

export type KeyIdentity =
  | { ok: true; keyId: string; accountId: string; secretDigest: string }
  | { ok: false; reason: 'malformed' | 'bad_check' | 'not_an_api_key' };

/**
 * Says which key of which account was presented, without saying whether it is valid. Reads KV at most once; when KV has
 * not the entry (not yet propagated), holds garbage or fails, the account that the key's id names is the answer.
 */
export async function identifyKey(presented: string, env: GatewayEnv, config: KeyCheckSecrets): Promise<KeyIdentity> {
  throw new Error(`not written yet ${presented.length} ${typeof env} ${typeof config}`);
}
