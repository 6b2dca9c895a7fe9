// Answers to `POST /v1/chat/completions` (https://platform.openai.com/docs/api-reference/chat/object).
import type { ChatCompletion, ChatCompletionChunk } from '../../protocol/inference/chat-completion.ts';
import { answerId, toUsage, type AnswerFormat } from './answer-format.ts';
import { chatLogProbabilities } from './log-probabilities.ts';

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
  const choiceChunk = (index: number, choice: Partial<Choice>): ChatCompletionChunk =>
    chunk([{ index, delta: {}, logprobs: null, finish_reason: null, ...choice }]);
  return {
    whole: (choices, result) =>
      ({
        id,
        object: 'chat.completion',
        created,
        model,
        choices: choices.map(({ text, logProbabilities, finishReason }, index) => ({
          index,
          message: { role: 'assistant', content: text, refusal: null },
          logprobs: chatLogProbabilities(logProbabilities),
          finish_reason: finishReason,
        })),
        usage: toUsage(result),
      }) satisfies ChatCompletion,
    opening: (choice) => choiceChunk(choice, { delta: { role: 'assistant', content: '' } }),
    delta: (choice, { text, logProbabilities }) =>
      choiceChunk(choice, { delta: { content: text }, logprobs: chatLogProbabilities(logProbabilities) }),
    closing: (choice, finishReason) => choiceChunk(choice, { finish_reason: finishReason }),
    usage: (result) => ({ ...chunk([]), usage: toUsage(result) }),
  };
}
