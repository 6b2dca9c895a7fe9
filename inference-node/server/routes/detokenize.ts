// POST /v1/detokenize
import type { Handler } from 'hono';
import { detokenizeRequestSchema } from '../../../protocol/inference/tokenize.ts';
import { answerQuestion } from '../answer-question.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';

export function detokenize(services: NodeServices): Handler<NodeEnv> {
  return async function detokenizeTokens(context) {
    const { body, claims } = context.get('call');
    const { model, tokens } = parseJsonBody(body, claims.cty, detokenizeRequestSchema);
    const question = { type: 'detokenize', tokens } as const;
    const { text } = await answerQuestion<'detokenize'>(services, context, model, question);
    return context.json({ model, content: text });
  };
}
