// `POST /v1/chat/completions` (https://platform.openai.com/docs/api-reference/chat).
import {
  chatCompletionChunkSchema,
  chatCompletionRequestSchema,
  chatCompletionSchema,
} from '../../../protocol/inference/chat-completion.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import { forwardCall } from '../relay/forward-call.ts';
import { nodeFields } from '../relay/node-fields.ts';
import { OPENAI_FORM } from '../relay/openai-form.ts';
import { relayAnswer } from '../relay/relay-answer.ts';
import { relayStream } from '../relay/relay-stream.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';

export const chatCompletionsRoute = defineRoute({
  method: 'POST',
  path: '/v1/chat/completions',
  access: 'api-key',
  tag: 'Inference',
  summary: 'Answers a conversation.',
  description:
    "The request and the answer of OpenAI's chat API, text only. With `stream: true` the answer comes as " +
    'server-sent events while it is being written; `data: [DONE]` ends it, an error after the start is one `data:` event ' +
    'with `error` and no `[DONE]`. Without `stream`, an answer that takes longer than two seconds is begun early: status 200 ' +
    'and white space, which JSON allows; a failure after that breaks the connection off. Leaving stops the generation.',
  request: { body: chatCompletionRequestSchema },
  example: {
    body: { model: 'tiny-llama', messages: [{ role: 'user', content: 'What is an API key?' }], max_tokens: 64 },
    response: {
      id: 'chatcmpl-7Qa1Zk3mN8sRw2pX',
      object: 'chat.completion',
      created: 1795000000,
      model: 'tiny-llama',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'A secret that names its caller.', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 14, completion_tokens: 8, total_tokens: 22, prompt_tokens_details: { cached_tokens: 0 } },
      system_fingerprint: 'fp_0123456789',
    },
  },
  responses: {
    200: [
      { description: 'The whole answer.', schema: chatCompletionSchema },
      {
        description: 'With `stream: true`: events, each with one chunk.',
        schema: chatCompletionChunkSchema,
        contentType: 'text/event-stream',
      },
    ],
  },
  async handler(context, { body, caller }) {
    const gateway = callOfContext(context);
    const stream = body.stream ?? false;
    const forwarded = await forwardCall(gateway, caller, {
      scope: 'chat',
      path: NODE_PATH.chatCompletions,
      model: body.model,
      promptCost: 'estimated',
      generation: { maxTokens: body.max_completion_tokens ?? body.max_tokens, choices: body.n ?? 1, stream },
      fields: nodeFields(body),
    });
    return stream ? relayStream(gateway, forwarded) : relayAnswer(gateway, forwarded, OPENAI_FORM);
  },
});
