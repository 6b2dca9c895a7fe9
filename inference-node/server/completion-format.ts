// Answers to `POST /v1/completions` (https://platform.openai.com/docs/api-reference/completions/object).
import type { Completion, CompletionChunk } from '../../protocol/inference/completion.ts';
import { answerId, systemOf, toUsage, type AnswerFormat, type FormatOptions } from './answer-format.ts';
import { completionLogProbabilities, lengthOf } from './log-probabilities.ts';

type Choice = CompletionChunk['choices'][number];

/** `echo`: what each choice begins with, by its number. */
export function completionFormat(options: FormatOptions, echo: (choice: number) => string): AnswerFormat {
  const { callId, model, created, includeUsage } = options;
  const id = answerId('cmpl', callId);
  /** How much of each choice's text has been told with its log probabilities. */
  const offsets = new Map<number, number>();
  const chunk = (choices: Choice[]): CompletionChunk => ({
    id,
    object: 'text_completion',
    created,
    model,
    choices,
    ...(includeUsage ? { usage: null } : {}),
    ...systemOf(options),
  });
  const choiceChunk = (index: number, choice: Partial<Choice>): CompletionChunk =>
    chunk([{ index, text: '', logprobs: null, finish_reason: null, ...choice }]);
  return {
    whole: (choices, result) =>
      ({
        id,
        object: 'text_completion',
        created,
        model,
        choices: choices.map(({ text, logProbabilities, finishReason }, index) => ({
          index,
          text: echo(index) + text,
          logprobs: completionLogProbabilities(logProbabilities, 0),
          finish_reason: finishReason,
        })),
        usage: toUsage(result),
        ...systemOf(options),
      }) satisfies Completion,
    opening: (choice) => (echo(choice) === '' ? null : choiceChunk(choice, { text: echo(choice) })),
    deltas: (choice, { text, logProbabilities }) => {
      const offset = offsets.get(choice) ?? 0;
      offsets.set(choice, offset + lengthOf(logProbabilities));
      return [choiceChunk(choice, { text, logprobs: completionLogProbabilities(logProbabilities, offset) })];
    },
    closing: (choice, finishReason) => [choiceChunk(choice, { finish_reason: finishReason })],
    usage: (result) => ({ ...chunk([]), usage: toUsage(result) }),
  };
}
