// `POST /predict`: the plain contract, answered by a chat completion with one user message.
import { predictRequestSchema, predictResponseSchema } from '../../../protocol/inference/predict.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import { PREDICT_PATH } from '../middleware/error-handler.ts';
import { forwardCall } from '../relay/forward-call.ts';
import { PREDICT_FORM } from '../relay/predict-form.ts';
import { relayAnswer } from '../relay/relay-answer.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';

export const predictRoute = defineRoute({
  method: 'POST',
  path: PREDICT_PATH,
  access: 'api-key',
  tag: 'Inference',
  summary: 'One text in, one text out.',
  description: 'Errors are `{"error": "<message>"}` here; a missing or bad key gets `{"error":"Unauthorized"}`.',
  request: { body: predictRequestSchema },
  example: { body: { input: 'What is an API key?' }, response: { prediction: 'A secret that names its caller.' } },
  responses: { 200: { description: "The model's answer.", schema: predictResponseSchema } },
  async handler(context, { body, caller }) {
    const gateway = callOfContext(context);
    const { input, max_tokens, temperature, stop } = body;
    const forwarded = await forwardCall(gateway, caller, {
      scope: 'predict',
      path: NODE_PATH.chatCompletions,
      model: body.model ?? null,
      promptCost: 'estimated',
      generation: { maxTokens: max_tokens, choices: 1, stream: false },
      fields: { messages: [{ role: 'user', content: input }], temperature, stop },
    });
    return relayAnswer(gateway, forwarded, PREDICT_FORM);
  },
});
