// POST /v1/completions
import type { Handler } from 'hono';
import { completionRequestSchema, type CompletionRequest } from '../../../protocol/inference/completion.ts';
import type { GenerationPrompt } from '../../engine/engine.ts';
import { answerCall } from '../answer-call.ts';
import { completionFormat } from '../completion-format.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';
import { toGrammar } from '../to-grammar.ts';

export function completions(services: NodeServices): Handler<NodeEnv> {
  return function createCompletion(context) {
    const { body, claims } = context.get('call');
    const request = parseJsonBody(body, claims.cty, completionRequestSchema);
    return answerCall(services, context, {
      request,
      prompts: promptsOf(request),
      maxTokens: request.max_tokens,
      grammar: toGrammar(request),
      topLogProbabilities: request.logprobs ?? null,
      makeFormat: (options) => completionFormat(options, (choice) => echoOf(request, choice)),
    });
  };
}

function promptsOf({ prompt, suffix }: CompletionRequest): GenerationPrompt[] {
  return prompt.map((one) => {
    if (typeof one !== 'string') return { tokens: one };
    return suffix === undefined || suffix === '' ? { text: one } : { text: one, suffix };
  });
}

function echoOf({ echo, prompt, n = 1 }: CompletionRequest, choice: number): string {
  const own = prompt[Math.floor(choice / n)];
  return echo === true && typeof own === 'string' ? own : '';
}
