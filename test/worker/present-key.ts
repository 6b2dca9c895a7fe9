// What happens to a key that somebody presents: identified, then judged by its account, as on every call.
import { env } from 'cloudflare:workers';
import type { AdmitResult } from '../../protocol/objects/account-admission.ts';
import { mintCallId } from '../../protocol/request-id.ts';
import { admitCall } from '../../worker/src/accounts/admit-call.ts';
import { identifyKey } from '../../worker/src/keys/identify-key.ts';
import { readKey } from '../../worker/src/keys/read-key.ts';
import { TEST_KEY_CHECK_SECRET } from './test-bindings.ts';

export const TEST_CHECK_SECRETS = { keyCheckSecret: TEST_KEY_CHECK_SECRET, previousKeyCheckSecret: null };

/** The verdict on a call with this key. `model` null: a call that touches no model. */
export async function presentKey(text: string, model: string | null = null, bindings: Env = env): Promise<AdmitResult> {
  const key = await readKey(text);
  const identity = key.ok ? await identifyKey(key, bindings, TEST_CHECK_SECRETS) : key;
  if (!identity.ok) throw new Error(`the key was not identified: ${identity.reason}`);
  return admitCall(bindings, {
    callId: mintCallId(),
    keyId: identity.keyId,
    secretDigest: identity.secretDigest,
    scope: model === null ? 'list-models' : 'inference',
    model,
    nodeId: null,
    attempt: 1,
    estimate: { promptTokens: 0, completionTokens: 0 },
  });
}
