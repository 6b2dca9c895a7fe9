// Makes the development user and its documented key, so that a first call works right after `npx wrangler dev`. Idempotent:
// what is there already, also as revoked or disabled, stays as it is.
import { verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import { accountOfKeyId, parseCredential } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { checkKeysOf, type KeyCheckSecrets } from '../keys/check-keys.ts';
import { askRegistry } from '../registry/ask-registry.ts';

const DEV_USER_NAME = 'dev';

/** Throws an Error when the key is none under this gateway's check secret, `ApiError` when the Registry is out of reach. */
export async function seedDevKey(devApiKey: string, env: GatewayEnv, secrets: KeyCheckSecrets): Promise<void> {
  const credential = parseCredential(devApiKey);
  if (credential?.kind !== 'api-key' || !(await verifyCheck(credential, await checkKeysOf(secrets)))) {
    throw new Error('DEV_API_KEY is not an API key under KEY_CHECK_SECRET. Take both from .dev.vars as committed.');
  }
  const user = { id: accountOfKeyId(credential.id), name: DEV_USER_NAME, externalId: null, metadata: {} };
  const key = {
    keyId: credential.id,
    secretDigest: await sha256(credential.text),
    name: DEV_USER_NAME,
    models: null,
    metadata: {},
    expiresAt: null,
  };
  await askRegistry(env, (registry) => registry.createUser(user));
  const answer = await askRegistry(env, (registry) => registry.createKey(key));
  const isThere = answer.ok || answer.reason === 'id_taken' || answer.reason === 'user_disabled';
  if (!isThere) throw new Error(`The development key could not be made: ${answer.reason}.`);
}
