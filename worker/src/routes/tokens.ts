// `POST /v1/tokenize` and `POST /v1/detokenize`: each counts as one request, and costs no tokens.
import {
  detokenizedSchema,
  detokenizeRequestSchema,
  tokenizedSchema,
  tokenizeRequestSchema,
} from '../../../protocol/inference/tokenize.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { forwardCall } from '../relay/forward-call.ts';
import { nodeFields } from '../relay/node-fields.ts';
import { OPENAI_FORM } from '../relay/openai-form.ts';
import { relayAnswer } from '../relay/relay-answer.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';

const tokenizeRoute = defineRoute({
  method: 'POST',
  path: '/v1/tokenize',
  access: 'api-key',
  tag: 'Inference',
  summary: 'The tokens of a text or a chat.',
  description: 'Tells what a prompt costs before it is sent. It counts as one request, and costs no tokens.',
  request: { body: tokenizeRequestSchema },
  example: {
    body: { model: 'tiny-llama', content: 'An API key' },
    response: { model: 'tiny-llama', count: 3, tokens: [281, 402, 377] },
  },
  responses: { 200: { description: 'The tokens.', schema: tokenizedSchema } },
  handler: (context, { body, caller }) => askNode(context, caller, NODE_PATH.tokenize, body),
});

const detokenizeRoute = defineRoute({
  method: 'POST',
  path: '/v1/detokenize',
  access: 'api-key',
  tag: 'Inference',
  summary: 'The text of tokens.',
  request: { body: detokenizeRequestSchema },
  example: {
    body: { model: 'tiny-llama', tokens: [281, 402, 377] },
    response: { model: 'tiny-llama', content: 'An API key' },
  },
  responses: { 200: { description: 'The text.', schema: detokenizedSchema } },
  handler: (context, { body, caller }) => askNode(context, caller, NODE_PATH.detokenize, body),
});

export const tokenRoutes: readonly AnyRoute[] = [tokenizeRoute, detokenizeRoute];

async function askNode(
  context: GatewayContext,
  caller: ApiKeyIdentity,
  path: string,
  body: Readonly<Record<string, unknown>> & { model: string },
): Promise<Response> {
  const gateway = callOfContext(context);
  const forwarded = await forwardCall(gateway, caller, {
    scope: 'tokenize',
    path,
    model: body.model,
    promptCost: 'free',
    generation: null,
    fields: nodeFields(body),
  });
  return relayAnswer(gateway, forwarded, OPENAI_FORM);
}
