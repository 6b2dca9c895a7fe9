// One inference call, in its order: choose model and node, ask the account, sign, send. A caller that is not admitted learns
// nothing, not even that the node is away: what was found wrong before is thrown only after the account said yes.
import type { AdmitRequest } from '../../../protocol/objects/account-admission.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import { admitCall } from '../accounts/admit-call.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { chooseModel, type ModelChoice } from '../nodes/choose-model.ts';
import { admitKey, describeRefusal } from './admit-key.ts';
import { sendCall, type SentCall } from './send-call.ts';

/** The prompt's tokens, roughly, from its length: used for reserving only; the node's true count settles. */
const CHARACTERS_PER_TOKEN = 3;
/** With one node there is one attempt. */
const FIRST_ATTEMPT = 1;

export type InferenceRequest = {
  /** `/v1/chat/completions` or `/v1/completions`. */
  path: string;
  /** Null: the first model of the node that the key may use. */
  model: string | null;
  /** Absent: the model's default, sent on explicitly. */
  maxTokens: number | undefined;
  stream: boolean;
  /** Everything else that the node is told; `undefined` fields are left out. */
  fields: Record<string, unknown>;
};

export type ForwardedCall = {
  callId: string;
  /** The node's success, or an `ApiError`. Whoever forwards has to await it. */
  sent: Promise<SentCall>;
};

/** Resolves when the call was admitted and is on its way to the node; throws an `ApiError` when it is not to be. */
export async function forwardCall(
  gateway: GatewayCall,
  caller: ApiKeyIdentity,
  request: InferenceRequest,
): Promise<ForwardedCall> {
  const { admission, body, choice } = await admitRequest(gateway, caller, request);
  const { callId, attempt } = admission;
  gateway.record.callId = callId;
  gateway.record.stream = request.stream;
  if (!choice.ok) throw choice.error;
  gateway.record.model = choice.model.id;
  const { accountId, keyId } = caller;
  const identity = { accountId, keyId, callId, attempt };
  return {
    callId,
    sent: sendCall(gateway, { path: request.path, body, stream: request.stream, identity }, choice.bootId),
  };
}

type PreparedCall = { choice: ModelChoice; body: string; admission: AdmitRequest };

async function admitRequest(
  gateway: GatewayCall,
  caller: ApiKeyIdentity,
  request: InferenceRequest,
): Promise<PreparedCall> {
  let prepared = prepareCall(caller, request, await chooseModel(gateway, request.model ?? { firstOf: null }));
  let result = await admitCall(gateway.env, prepared.admission);
  if (request.model === null && !result.admitted && result.reason === 'model_not_allowed') {
    // The node's default is not for this key, which is rare: only then is it worth asking what is.
    const { models } = await admitKey(gateway.env, caller);
    prepared = prepareCall(caller, request, await chooseModel(gateway, { firstOf: models }));
    result = await admitCall(gateway.env, prepared.admission);
  }
  if (!result.admitted) throw describeRefusal(result.reason);
  return prepared;
}

function prepareCall(
  { keyId, secretDigest }: ApiKeyIdentity,
  { maxTokens, fields, stream }: InferenceRequest,
  choice: ModelChoice,
): PreparedCall {
  const [model, nodeId] = choice.ok ? [choice.model.id, choice.nodeId] : [null, null];
  const completionTokens = maxTokens ?? (choice.ok ? choice.model.defaultMaxTokens : 0);
  const body = JSON.stringify({ model, ...fields, max_tokens: completionTokens, stream });
  const estimate = { promptTokens: Math.ceil(body.length / CHARACTERS_PER_TOKEN), completionTokens };
  const attempt = FIRST_ATTEMPT;
  const callId = mintCallId();
  return {
    choice,
    body,
    admission: { callId, keyId, secretDigest, scope: 'inference', model, nodeId, attempt, estimate },
  };
}
