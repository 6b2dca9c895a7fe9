// Answers to `POST /v1/chat/completions` (https://platform.openai.com/docs/api-reference/chat/object).
import type { ChatCompletion, ChatCompletionChunk } from '../../protocol/inference/chat-completion.ts';
import { answerId, systemOf, toUsage, type AnswerFormat, type FormatOptions } from './answer-format.ts';
import { ChatChoice, type CallReader } from './chat-choice.ts';
import { chatLogProbabilities } from './log-probabilities.ts';

type Choice = ChatCompletionChunk['choices'][number];
/** `calls`: how calls of tools are read out of the text; null: there can be none. */
export function chatFormat(options: FormatOptions, calls: CallReader | null): AnswerFormat {
  const { callId, model, created, includeUsage } = options;
  const id = answerId('chatcmpl', callId);
  const open = new Map<number, ChatChoice>();
  const choiceOf = (index: number): ChatChoice => {
    const choice = open.get(index) ?? new ChatChoice(calls);
    open.set(index, choice);
    return choice;
  };
  const chunk = (choices: Choice[]): ChatCompletionChunk => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices,
    ...(includeUsage ? { usage: null } : {}),
    ...systemOf(options),
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
        choices: choices.map(({ text, logProbabilities, finishReason }, index) => {
          const choice = new ChatChoice(calls);
          const message = choice.message(text);
          return {
            index,
            message: { role: 'assistant', ...message, refusal: null },
            logprobs: chatLogProbabilities(logProbabilities),
            finish_reason: choice.finishReason(finishReason),
          };
        }),
        usage: toUsage(result),
        ...systemOf(options),
      }) satisfies ChatCompletion,
    opening: (choice) => choiceChunk(choice, { delta: { role: 'assistant', content: '' } }),
    deltas: (choice, { text, logProbabilities }) => {
      const logprobs = chatLogProbabilities(logProbabilities);
      const deltas = choiceOf(choice).push(text);
      // Text may be held back; what is known of its tokens need not be.
      if (deltas.length === 0 && logprobs !== null) return [choiceChunk(choice, { logprobs })];
      return deltas.map((delta, index) => choiceChunk(choice, { delta, logprobs: index === 0 ? logprobs : null }));
    },
    closing: (choice, finishReason) => {
      const deltas = choiceOf(choice).end();
      const reason = choiceOf(choice).finishReason(finishReason);
      return [...deltas.map((delta) => choiceChunk(choice, { delta })), choiceChunk(choice, { finish_reason: reason })];
    },
    usage: (result) => ({ ...chunk([]), usage: toUsage(result) }),
  };
}
