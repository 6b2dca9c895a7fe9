// One inference call, in its order: choose model and node, ask the account, sign, send. A caller that is not admitted learns
// nothing, not even that the node is away: what was found wrong before is thrown only after the account said yes.
import type { AdmitRequest } from '../../../protocol/objects/account-admission.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { chooseModel, type ModelChoice } from '../nodes/choose-model.ts';
import { admitCaller } from './admit-caller.ts';
import { sendCall, type SentCall } from './send-call.ts';

/** The prompt's tokens, roughly, from its length: used for reserving only; the node's true count settles. */
const CHARACTERS_PER_TOKEN = 3;
/** With one node there is one attempt. */
const FIRST_ATTEMPT = 1;

export type InferenceRequest = {
  /** `/v1/chat/completions` or `/v1/completions`. */
  path: string;
  model: string;
  /** Absent: the model's default, sent on explicitly. */
  maxTokens: number | undefined;
  stream: boolean;
  /** Everything else that the node is told; `undefined` fields are left out. */
  fields: Record<string, unknown>;
};

export type ForwardedCall = SentCall & { callId: string };

/** Forwards the call. Throws an `ApiError` for everything but a success of the node. */
export async function forwardCall(
  gateway: GatewayCall,
  caller: ApiKeyIdentity,
  request: InferenceRequest,
): Promise<ForwardedCall> {
  const choice = await chooseModel(gateway, request.model);
  const callId = mintCallId();
  const maxTokens = request.maxTokens ?? (choice.ok ? choice.model.defaultMaxTokens : 0);
  const { model, stream, fields } = request;
  const body = JSON.stringify({ model, ...fields, max_tokens: maxTokens, stream });
  Object.assign(gateway.record, { callId, stream, ...(choice.ok ? { model } : {}) });
  const estimate = { promptTokens: Math.ceil(body.length / CHARACTERS_PER_TOKEN), completionTokens: maxTokens };
  await admitCaller(gateway.env, buildAdmission(callId, caller, choice, estimate));
  if (!choice.ok) throw choice.error;
  const { accountId, keyId } = caller;
  const identity = { accountId, keyId, callId, attempt: FIRST_ATTEMPT };
  return { callId, ...(await sendCall(gateway, { path: request.path, body, stream, identity }, choice.bootId)) };
}

function buildAdmission(
  callId: string,
  { keyId, secretDigest }: ApiKeyIdentity,
  choice: ModelChoice,
  estimate: AdmitRequest['estimate'],
): AdmitRequest {
  const target = choice.ok ? { model: choice.model.id, nodeId: choice.nodeId } : { model: null, nodeId: null };
  return { callId, keyId, secretDigest, scope: 'inference', ...target, attempt: FIRST_ATTEMPT, estimate };
}
