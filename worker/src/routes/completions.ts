// `POST /v1/completions` (https://platform.openai.com/docs/api-reference/completions).
import {
  completionChunkSchema,
  completionRequestSchema,
  completionSchema,
} from '../../../protocol/inference/completion.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import { forwardCall } from '../relay/forward-call.ts';
import { nodeFields } from '../relay/node-fields.ts';
import { OPENAI_FORM } from '../relay/openai-form.ts';
import { relayAnswer } from '../relay/relay-answer.ts';
import { relayStream } from '../relay/relay-stream.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';

export const completionsRoute = defineRoute({
  method: 'POST',
  path: '/v1/completions',
  access: 'api-key',
  tag: 'Inference',
  summary: 'Continues a text.',
  description: 'The prompt goes to the model as it is, without a chat template. Streams as the chat API does.',
  request: { body: completionRequestSchema },
  example: {
    body: { model: 'tiny-llama', prompt: 'An API key is', max_tokens: 64 },
    response: {
      id: 'cmpl-7Qa1Zk3mN8sRw2pX',
      object: 'text_completion',
      created: 1795000000,
      model: 'tiny-llama',
      choices: [{ index: 0, text: ' a secret that names its caller.', logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 8, total_tokens: 13, prompt_tokens_details: { cached_tokens: 0 } },
      system_fingerprint: 'fp_0123456789',
    },
  },
  responses: {
    200: [
      { description: 'The whole continuation.', schema: completionSchema },
      {
        description: 'With `stream: true`: events, each with one chunk.',
        schema: completionChunkSchema,
        contentType: 'text/event-stream',
      },
    ],
  },
  async handler(context, { body, caller }) {
    const gateway = callOfContext(context);
    const stream = body.stream ?? false;
    const forwarded = await forwardCall(gateway, caller, {
      scope: 'completions',
      path: NODE_PATH.completions,
      model: body.model,
      promptCost: 'estimated',
      generation: { maxTokens: body.max_tokens, choices: body.prompt.length * (body.n ?? 1), stream },
      fields: nodeFields(body),
    });
    return stream ? relayStream(gateway, forwarded) : relayAnswer(gateway, forwarded, OPENAI_FORM);
  },
});
