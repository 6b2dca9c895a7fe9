// Asks the account whether a key is valid at all, and turns a refusal into the one error that each kind has outside.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdmitRefusal, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import { admitCall } from '../accounts/admit-call.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { modelNotFound } from '../nodes/choose-model.ts';

export type Admission = Extract<AdmitResult, { admitted: true }>;

/** Resolves to what the key may use; touches no model. Throws `invalid_api_key` or `state_unavailable`. */
export async function admitKey(env: GatewayEnv, { keyId, secretDigest }: ApiKeyIdentity): Promise<Admission> {
  const result = await admitCall(env, {
    callId: mintCallId(),
    keyId,
    secretDigest,
    scope: 'list-models',
    model: null,
    nodeId: null,
    attempt: 1,
    estimate: { promptTokens: 0, completionTokens: 0 },
  });
  if (!result.admitted) throw describeRefusal(result.reason);
  return result;
}

/** All that is wrong with a key is one error; a model that it may not use looks like one that is not there. */
export function describeRefusal(reason: AdmitRefusal): ApiError {
  switch (reason) {
    case 'model_not_allowed':
      return modelNotFound(reason);
    case 'unknown_key':
    case 'unknown_secret':
    case 'key_revoked':
    case 'key_expired':
    case 'user_disabled':
      return new ApiError('invalid_api_key', { reason });
  }
}
