// Answers to `POST /v1/completions` (https://platform.openai.com/docs/api-reference/completions/object).
import type { Completion, CompletionChunk } from '../../protocol/inference/completion.ts';
import { answerId, toUsage, type AnswerFormat } from './answer-format.ts';
import type { FormatOptions } from './chat-format.ts';

type Choice = CompletionChunk['choices'][number];

export function completionFormat({ callId, model, created, includeUsage }: FormatOptions): AnswerFormat {
  const id = answerId('cmpl', callId);
  const chunk = (choices: Choice[]): CompletionChunk => ({
    id,
    object: 'text_completion',
    created,
    model,
    choices,
    ...(includeUsage ? { usage: null } : {}),
  });
  const choice = (text: string, finishReason: Choice['finish_reason'] = null): Choice => ({
    index: 0,
    text,
    logprobs: null,
    finish_reason: finishReason,
  });
  return {
    whole: (text, result) =>
      ({
        id,
        object: 'text_completion',
        created,
        model,
        choices: [{ index: 0, text, logprobs: null, finish_reason: result.finishReason }],
        usage: toUsage(result),
      }) satisfies Completion,
    opening: () => null,
    delta: (text) => chunk([choice(text)]),
    closing: (result) => chunk([choice('', result.finishReason)]),
    usage: (result) => ({ ...chunk([]), usage: toUsage(result) }),
  };
}
