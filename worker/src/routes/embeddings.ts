// `POST /v1/embeddings` (https://platform.openai.com/docs/api-reference/embeddings).
import { embeddingsRequestSchema, embeddingsSchema } from '../../../protocol/inference/embeddings.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import { forwardCall } from '../relay/forward-call.ts';
import { nodeFields } from '../relay/node-fields.ts';
import { OPENAI_FORM } from '../relay/openai-form.ts';
import { relayAnswer } from '../relay/relay-answer.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';

export const embeddingsRoute = defineRoute({
  method: 'POST',
  path: '/v1/embeddings',
  access: 'api-key',
  tag: 'Inference',
  summary: 'Texts as vectors.',
  description:
    "By the model's own pooling; of a model that has none, the vector of the last token. For search, take a model that was " +
    'trained for it.',
  request: { body: embeddingsRequestSchema },
  example: {
    body: { model: 'tiny-llama', input: 'An API key' },
    response: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.0123, -0.0456] }],
      model: 'tiny-llama',
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
  },
  responses: { 200: { description: 'One vector for each input, in their order.', schema: embeddingsSchema } },
  async handler(context, { body, caller }) {
    const gateway = callOfContext(context);
    const forwarded = await forwardCall(gateway, caller, {
      scope: 'embeddings',
      path: NODE_PATH.embeddings,
      model: body.model,
      promptCost: 'estimated',
      generation: null,
      fields: nodeFields(body),
    });
    return relayAnswer(gateway, forwarded, OPENAI_FORM);
  },
});
