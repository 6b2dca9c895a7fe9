// Answers to `POST /v1/chat/completions` (https://platform.openai.com/docs/api-reference/chat/object).
import type { ChatCompletion, ChatCompletionChunk } from '../../protocol/inference/chat-completion.ts';
import { answerId, toUsage, type AnswerFormat } from './answer-format.ts';

type Choice = ChatCompletionChunk['choices'][number];
export type FormatOptions = {
  callId: string;
  model: string;
  /** Unix time in seconds. */
  created: number;
  /** Chunks then carry `usage`, null but in the last one. */
  includeUsage: boolean;
};

export function chatFormat({ callId, model, created, includeUsage }: FormatOptions): AnswerFormat {
  const id = answerId('chatcmpl', callId);
  const chunk = (choices: Choice[]): ChatCompletionChunk => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices,
    ...(includeUsage ? { usage: null } : {}),
  });
  const choice = (delta: Choice['delta'], finishReason: Choice['finish_reason'] = null): Choice => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finishReason,
  });
  return {
    whole: (text, result) =>
      ({
        id,
        object: 'chat.completion',
        created,
        model,
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: text, refusal: null },
            logprobs: null,
            finish_reason: result.finishReason,
          },
        ],
        usage: toUsage(result),
      }) satisfies ChatCompletion,
    opening: () => chunk([choice({ role: 'assistant', content: '' })]),
    delta: (text) => chunk([choice({ content: text })]),
    closing: (result) => chunk([choice({}, result.finishReason)]),
    usage: (result) => ({ ...chunk([]), usage: toUsage(result) }),
  };
}
