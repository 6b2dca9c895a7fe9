// POST /v1/chat/completions
import type { Handler } from 'hono';
import { chatCompletionRequestSchema } from '../../../protocol/inference/chat-completion.ts';
import { answerCall } from '../answer-call.ts';
import { chatFormat } from '../chat-format.ts';
import { readChatTools } from '../chat-tools.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';
import { toGrammar } from '../to-grammar.ts';

export function chatCompletions(services: NodeServices): Handler<NodeEnv> {
  return function createChatCompletion(context) {
    const { body, claims } = context.get('call');
    const request = parseJsonBody(body, claims.cty, chatCompletionRequestSchema);
    const { prompt, grammar, calls } = readChatTools(
      request,
      services.engine.traitsOf(request.model)?.toolFormat ?? 'described',
    );
    return answerCall(services, context, {
      request,
      prompts: [prompt],
      maxTokens: request.max_completion_tokens ?? request.max_tokens,
      grammar: grammar ?? toGrammar(request),
      topLogProbabilities: request.logprobs === true ? (request.top_logprobs ?? 0) : null,
      makeFormat: (options) => chatFormat(options, calls),
    });
  };
}
