// POST /v1/completions
import type { Handler } from 'hono';
import { completionRequestSchema } from '../../../protocol/inference/completion.ts';
import { answerCall } from '../answer-call.ts';
import { completionFormat } from '../completion-format.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';

export function completions(services: NodeServices): Handler<NodeEnv> {
  return function createCompletion(context) {
    const { body, claims } = context.get('call');
    const request = parseJsonBody(body, claims.cty, completionRequestSchema);
    const prompt = { text: request.prompt };
    return answerCall(services, context, {
      request,
      prompt,
      maxTokens: request.max_tokens,
      makeFormat: completionFormat,
    });
  };
}
