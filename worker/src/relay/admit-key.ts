// Asks the account whether a key may use a route that costs nothing: no model is touched, nothing is counted.
import { accountStub } from '../accounts/account-stub.ts';
import { admitCall } from '../accounts/admit-call.ts';
import { askAccount } from '../accounts/ask-account.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { AdmissionScope, AdmittedCall } from '../../../protocol/objects/account-admission.ts';
import type { OwnKey } from '../../../protocol/inference/own-key.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { describeRefusal } from './describe-refusal.ts';
import { addRateHeaders, addRotateBy } from './rate-headers.ts';

type Caller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil' | 'answerHeaders'>;

/** Resolves to what the key may use. Throws `invalid_api_key`, `insufficient_permissions` or `state_unavailable`. */
export async function admitKey(caller: Caller, identity: ApiKeyIdentity, scope: AdmissionScope): Promise<AdmittedCall> {
  const { keyId, secretDigest, address } = identity;
  const decision = await admitCall(caller, {
    callId: mintCallId(),
    keyId,
    secretDigest,
    address,
    scope,
    model: null,
    nodeId: null,
    attempt: 1,
    promptTokens: 0,
    maxTokens: 0,
    maxTokensNamed: false,
  });
  if (!decision.admitted) throw describeRefusal(decision);
  addRotateBy(caller.answerHeaders, decision.rotateBy);
  return decision;
}

/** What the presented key may know of itself. Throws as `admitKey` does. */
export async function inspectKey(caller: Caller, identity: ApiKeyIdentity): Promise<OwnKey> {
  const { keyId, secretDigest, address, accountId } = identity;
  const inspected = await askAccount(() =>
    accountStub(caller.env, accountId).inspect({ keyId, secretDigest, address }),
  );
  if (!inspected.ok) throw new ApiError('invalid_api_key', { reason: inspected.reason });
  addRateHeaders(caller.answerHeaders, inspected.rates);
  addRotateBy(caller.answerHeaders, inspected.key.rotate_by);
  return inspected.key;
}
