// Asks the account of the caller's key, and turns a refusal into the one error that each kind of refusal has outside.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdmitRefusal, AdmitRequest, AdmitResult } from '../../../protocol/objects/account-admission.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import { admitCall } from '../accounts/admit-call.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { modelNotFound } from '../nodes/choose-model.ts';

export type Admission = Extract<AdmitResult, { admitted: true }>;

/** Resolves when the call may be made; throws `invalid_api_key`, `model_not_found` or `state_unavailable` otherwise. */
export async function admitCaller(env: GatewayEnv, request: AdmitRequest): Promise<Admission> {
  const result = await admitCall(env, request);
  if (result.admitted) return result;
  throw describeRefusal(result.reason);
}

/** Whether the key is valid at all, and for which models: touches no model and takes no lease. */
export function admitKey(env: GatewayEnv, caller: ApiKeyIdentity): Promise<Admission> {
  return admitCaller(env, {
    callId: mintCallId(),
    keyId: caller.keyId,
    secretDigest: caller.secretDigest,
    scope: 'list-models',
    model: null,
    nodeId: null,
    attempt: 1,
    estimate: { promptTokens: 0, completionTokens: 0 },
  });
}

function describeRefusal(reason: AdmitRefusal): ApiError {
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
