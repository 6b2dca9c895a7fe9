// One inference call, in its order: choose model and nodes, ask the account, sign, send. A caller that is not admitted learns
// nothing, not even that the node is away: what was found wrong before is thrown only after the account said yes.
import type { KeyScope } from '../../../protocol/admin/key-scope.ts';
import type { ModelWish } from '../../../protocol/objects/node-directory.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import { admitCall } from '../accounts/admit-call.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { estimateTokens } from '../limits/estimate-tokens.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { chooseNodes, type NodeChoice } from '../nodes/choose-nodes.ts';
import { admitKey } from './admit-key.ts';
import { describeRefusal } from './describe-refusal.ts';
import type { HeldCall } from './held-call.ts';
import { addRateHeaders, addRotateBy } from './rate-headers.ts';
import { sendCall, type SentCall } from './send-call.ts';
import { settleFailure } from './settle-call.ts';
import { sweepWhenDue } from './sweep-journal.ts';

const FIRST_ATTEMPT = 1;
/** What of a prompt's beginning decides to which node it goes: more than system prompts differ in, in characters and messages. */
const OPENING_LENGTH = 1_024;
const OPENING_MESSAGES = 2;

export type InferenceRequest = {
  /** The route group that the key must be allowed to use. */
  scope: KeyScope;
  /** The node's path: one of `NODE_PATH`. */
  path: string;
  /** Null: the first model of the node that the key may use. */
  model: string | null;
  /** What is reserved for the prompt: an estimate of its tokens, or nothing where reading it is free. */
  promptCost: 'estimated' | 'free';
  /** What the model is to write; null: nothing. */
  generation: GenerationRequest | null;
  /** Everything else that the node is told; `undefined` fields are left out. */
  fields: Record<string, unknown>;
};

export type GenerationRequest = {
  /** Of each choice. Absent: the model's default, sent on explicitly. */
  maxTokens: number | undefined;
  /** How many answers the call has, over all its prompts: it is charged with the tokens of all. */
  choices: number;
  stream: boolean;
};

export type ForwardedCall = {
  held: HeldCall;
  /** The node's success, or an `ApiError`, after which the call is settled. Whoever forwards has to await it. */
  sent: Promise<SentCall>;
};

/** Resolves when the call was admitted and is on its way to the node; throws an `ApiError` when it is not to be. */
export async function forwardCall(
  gateway: GatewayCall,
  caller: ApiKeyIdentity,
  request: InferenceRequest,
): Promise<ForwardedCall> {
  const { record } = gateway;
  const stream = request.generation?.stream ?? false;
  record.stream = stream;
  const { held, choice, body } = await admitRequest(gateway, caller, request);
  record.callId = held.lease.callId;
  record.model = held.lease.model;
  sweepWhenDue(gateway);
  const sent = sendCall(gateway, { path: request.path, body, stream, held }, choice);
  return { held, sent: sent.catch((error: unknown) => settleFailure(gateway, held, error)) };
}

type Served = Extract<NodeChoice, { ok: true }>;
type AdmittedRequest = { held: HeldCall; choice: Served; body: string };

async function admitRequest(
  gateway: GatewayCall,
  caller: ApiKeyIdentity,
  request: InferenceRequest,
): Promise<AdmittedRequest> {
  const choose = (wish: ModelWish): Promise<NodeChoice> => chooseNodes(gateway, wish, () => openingOf(caller, request));
  const wanted = await choose(request.model ?? { firstOf: null });
  const fallback = wanted.ok || request.model === null ? null : await chooseFallback(gateway, request.model, choose);
  if (fallback !== null) {
    const inItsPlace = await admitFor(gateway, caller, request, fallback);
    if (inItsPlace.admitted) return inItsPlace;
    if (inItsPlace.refused.reason !== 'model_not_allowed') throw describeRefusal(inItsPlace.refused);
  }
  const first = await admitFor(gateway, caller, request, wanted);
  if (first.admitted) return first;
  if (request.model !== null || first.refused.reason !== 'model_not_allowed') throw describeRefusal(first.refused);
  // The node's default is not for this key, which is rare: only then is it worth asking what is.
  const { rights } = await admitKey(gateway, caller, request.scope);
  const second = await admitFor(gateway, caller, request, await choose({ firstOf: rights.models }));
  if (second.admitted) return second;
  throw describeRefusal(second.refused);
}

/** The first model that the operator has named for this case and that a node can answer with; null: there is none. */
async function chooseFallback(
  { config }: GatewayCall,
  model: string,
  choose: (wish: ModelWish) => Promise<NodeChoice>,
): Promise<NodeChoice | null> {
  for (const name of config.modelFallbacks.get(model) ?? []) {
    const choice = await choose(name);
    if (choice.ok) return choice;
  }
  return null;
}

type Refused = { admitted: false; refused: Parameters<typeof describeRefusal>[0] };

async function admitFor(
  gateway: GatewayCall,
  { keyId, secretDigest, accountId, address }: ApiKeyIdentity,
  { scope, promptCost, generation, fields }: InferenceRequest,
  choice: NodeChoice,
): Promise<({ admitted: true } & AdmittedRequest) | Refused> {
  const [model, nodeId] = choice.ok ? [choice.first.model.id, choice.first.target.nodeId] : [null, null];
  const text = JSON.stringify({ model, ...fields, ...(generation === null ? {} : { stream: generation.stream }) });
  const call = { callId: mintCallId(), keyId, secretDigest, address, attempt: FIRST_ATTEMPT };
  // Used for reserving only; the node's true count settles.
  const promptTokens = promptCost === 'free' ? 0 : estimateTokens(text);
  const ofChoice = generation?.maxTokens ?? (choice.ok ? choice.first.model.defaultMaxTokens : 0);
  const maxTokens = generation === null ? 0 : generation.choices * ofChoice;
  const maxTokensNamed = generation?.maxTokens !== undefined;
  const decision = await admitCall(gateway, { ...call, scope, model, nodeId, promptTokens, maxTokens, maxTokensNamed });
  if ('rates' in decision) addRateHeaders(gateway.answerHeaders, decision.rates);
  if (!decision.admitted) return { admitted: false, refused: decision };
  addRotateBy(gateway.answerHeaders, decision.rotateBy);
  if (!choice.ok) throw choice.error;
  const { settle, chargedAt, maxTokens: granted, rights } = decision;
  const place = { model: choice.first.model.id, nodeId: choice.first.target.nodeId, scope };
  const lease = { ...call, ...place, chargedAt, promptTokens, maxTokens: granted };
  const body = generation === null ? text : withMaxTokens(text, Math.floor(granted / generation.choices));
  return { admitted: true, choice, body, held: { accountId, lease, settle, priority: rights.priority, counts: null } };
}

/** What calls have in common that are to share a node's memory of their beginning. */
function openingOf({ accountId }: ApiKeyIdentity, { model, fields }: InferenceRequest): string {
  const { messages, prompt, input } = fields;
  const beginning = Array.isArray(messages) ? messages.slice(0, OPENING_MESSAGES) : (prompt ?? input ?? '');
  const text = typeof beginning === 'string' ? beginning : JSON.stringify(beginning);
  return `${accountId} ${model ?? ''} ${text.slice(0, OPENING_LENGTH)}`;
}

/** Put behind a JSON object that is written already. */
function withMaxTokens(json: string, maxTokens: number): string {
  return `${json.slice(0, -1)},"max_tokens":${Math.max(1, maxTokens)}}`;
}
