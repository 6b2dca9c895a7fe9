// POST /v1/tokenize
import type { Handler } from 'hono';
import { tokenizeRequestSchema, type TokenizeRequest } from '../../../protocol/inference/tokenize.ts';
import type { TextToTokenize } from '../../engine/model-questions.ts';
import { answerQuestion } from '../answer-question.ts';
import { readChatTools } from '../chat-tools.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';

export function tokenize(services: NodeServices): Handler<NodeEnv> {
  return async function tokenizeText(context) {
    const { body, claims } = context.get('call');
    const request = parseJsonBody(body, claims.cty, tokenizeRequestSchema);
    const { model, with_pieces: withPieces = false } = request;
    const question = { type: 'tokenize', source: sourceOf(services, request), withPieces } as const;
    const { tokens, pieces } = await answerQuestion<'tokenize'>(services, context, model, question);
    const told = pieces === null ? tokens : tokens.map((id, index) => ({ id, piece: pieces[index] ?? '' }));
    return context.json({ model, count: tokens.length, tokens: told });
  };
}

function sourceOf({ engine }: NodeServices, request: TokenizeRequest): TextToTokenize {
  const { model, content = '', messages, tools, add_special, parse_special } = request;
  if (messages === undefined) {
    return { text: content, addBeginning: add_special ?? false, readControl: parse_special ?? true };
  }
  const { prompt } = readChatTools({ messages, tools }, engine.traitsOf(model)?.toolFormat ?? 'described');
  return { messages: prompt.messages, tools: prompt.tools ?? null };
}
