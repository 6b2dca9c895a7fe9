// What happens to a key that somebody presents: identified, then judged by its account or a permit, as on every call.
import { env } from 'cloudflare:workers';
import { mintCallId } from '../../protocol/request-id.ts';
import { admitCall, type Decision } from '../../worker/src/accounts/admit-call.ts';
import type { Settler } from '../../worker/src/accounts/settlement-queue.ts';
import { gatewayConfig } from '../../worker/src/config/gateway-config.ts';
import type { GatewayEnv } from '../../worker/src/gateway-env.ts';
import { identifyKey } from '../../worker/src/keys/identify-key.ts';
import { readKey } from '../../worker/src/keys/read-key.ts';
import { TEST_KEY_CHECK_SECRET } from './test-bindings.ts';

export const TEST_CHECK_SECRETS = { keyCheckSecret: TEST_KEY_CHECK_SECRET, previousKeyCheckSecret: null };

/** A node that is not there: the calls of these tests end at the verdict. */
const TEST_NODE = 'home';

/** The verdict on a call with this key. `model` null: a call that touches no model. */
export async function presentKey(
  text: string,
  model: string | null = null,
  bindings: GatewayEnv = env,
  call: { promptTokens?: number; maxTokens?: number; address?: string } = {},
): Promise<Decision> {
  const key = await readKey(text);
  const identity = key.ok ? await identifyKey(key, bindings, TEST_CHECK_SECRETS) : key;
  if (!identity.ok) throw new Error(`the key was not identified: ${identity.reason}`);
  return admitCall(settlerOf(bindings), {
    callId: mintCallId(),
    keyId: identity.keyId,
    secretDigest: identity.secretDigest,
    address: call.address ?? null,
    scope: model === null ? 'models' : 'chat',
    model,
    nodeId: model === null ? null : TEST_NODE,
    attempt: 1,
    promptTokens: call.promptTokens ?? 0,
    maxTokens: call.maxTokens ?? 0,
    maxTokensNamed: false,
  });
}

/** What a request gives to work that outlives it. */
export function settlerOf(bindings: GatewayEnv = env): Settler {
  return { env: bindings, config: gatewayConfig(env), requestId: 'req_test', waitUntil: () => undefined };
}
