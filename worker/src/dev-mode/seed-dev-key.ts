// Makes the development user and its documented key, so that a first call works right after `npx wrangler dev`. Idempotent:
// what is there already, also as revoked or disabled, stays as it is.
import { DEFAULT_PRIORITY } from '../../../protocol/admin/key-priority.ts';
import { verifyCheck } from '../../../protocol/credentials/credential-check.ts';
import { accountOfKeyId, parseCredential } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { SYSTEM_ACTOR } from '../audit/system-actor.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { checkKeysOf, type KeyCheckSecrets } from '../keys/check-keys.ts';
import { askRegistry } from '../registry/ask-registry.ts';

const DEV_USER_NAME = 'dev';

/** Throws an `ApiError` whose reason says what is in the way. */
export async function seedDevKey(devApiKey: string, env: GatewayEnv, secrets: KeyCheckSecrets): Promise<void> {
  const credential = parseCredential(devApiKey);
  if (credential?.kind !== 'api-key' || !(await verifyCheck(credential, await checkKeysOf(secrets)))) {
    throw new ApiError('internal_error', {
      reason: 'DEV_API_KEY is no API key under KEY_CHECK_SECRET: take both from .dev.vars as committed',
    });
  }
  const user = { id: accountOfKeyId(credential.id), name: DEV_USER_NAME, externalId: null, limits: null, metadata: {} };
  const key = {
    keyId: credential.id,
    secretDigest: await sha256(credential.text),
    name: DEV_USER_NAME,
    models: null,
    scopes: null,
    addresses: null,
    limits: null,
    metadata: {},
    expiresAt: null,
    rotateAfter: null,
    priority: DEFAULT_PRIORITY,
  };
  await askRegistry(env, (registry) => registry.createUser(user, SYSTEM_ACTOR));
  const answer = await askRegistry(env, (registry) => registry.createKey(key, SYSTEM_ACTOR));
  const isThere = answer.ok || answer.reason === 'id_taken' || answer.reason === 'user_disabled';
  if (!isThere)
    throw new ApiError('state_unavailable', { reason: `the development key was not made: ${answer.reason}` });
}
