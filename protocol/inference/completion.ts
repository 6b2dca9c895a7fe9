// `POST /v1/completions`: request, response and stream chunk (https://platform.openai.com/docs/api-reference/completions).
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { finishReasonSchema } from './chat-completion.ts';
import { generationParameters, labelParameters, MAX_CHOICES } from './generation-parameters.ts';
import { completionLogProbabilitiesSchema } from './log-probabilities.ts';
import { textOrTokensSchema } from './text-or-tokens.ts';
import { textSchema } from './text.ts';
import { systemFields } from './timings.ts';
import { usageSchema } from './usage.ts';

/** As for chat: the body cap is the real bound. */
const MAX_TEXT_LENGTH = 64 * 1024 * 1024;
/** OpenAI's own bound. */
const MAX_TOP_LOGPROBS = 5;

export const completionRequestSchema = z
  .strictObject({
    ...generationParameters,
    prompt: textOrTokensSchema(MAX_CHOICES).meta({
      description: 'A text, token ids, or a list of either: each of them is answered by itself.',
    }),
    user: labelParameters.user,
    metadata: labelParameters.metadata,
    best_of: absentWhenNull(z.literal(1)),
    echo: absentWhenNull(z.boolean()).meta({ description: 'The answer begins with the prompt.' }),
    suffix: absentWhenNull(textSchema(MAX_TEXT_LENGTH)).meta({
      description: 'What follows the text to insert, for models that were trained to fill in the middle.',
    }),
    logprobs: absentWhenNull(z.int().min(0).max(MAX_TOP_LOGPROBS)),
  })
  .refine(({ prompt, n }) => prompt.length * (n ?? 1) <= MAX_CHOICES, {
    path: ['n'],
    message: `one call has at most ${MAX_CHOICES} choices, over all its prompts`,
  })
  .refine(({ echo, logprobs }) => echo !== true || logprobs === undefined, {
    path: ['logprobs'],
    message: 'with "echo" there are none: they are known of the answer, not of the prompt',
  })
  .refine(({ echo, prompt }) => echo !== true || prompt.every((one) => typeof one === 'string'), {
    path: ['echo'],
    message: 'it needs the prompt as text, not as token ids',
  })
  .refine(({ suffix = '', prompt }) => suffix === '' || prompt.every((one) => typeof one === 'string'), {
    path: ['suffix'],
    message: 'it needs the prompt as text, not as token ids',
  })
  .refine(({ suffix = '', echo }) => suffix === '' || echo !== true, {
    path: ['echo'],
    message: 'it cannot be used with "suffix"',
  })
  .meta({ id: 'CompletionRequest' });

/** A validated completion request: `prompt` and `stop` always lists, nulls gone. */
export type CompletionRequest = z.infer<typeof completionRequestSchema>;

const completionChoice = {
  index: z.int(),
  text: z.string(),
  logprobs: completionLogProbabilitiesSchema.nullable(),
};

export const completionSchema = z
  .object({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.int().meta({ description: 'Unix time in seconds.' }),
    model: z.string(),
    choices: z.array(z.object({ ...completionChoice, finish_reason: finishReasonSchema })),
    usage: usageSchema,
    ...systemFields,
  })
  .meta({ id: 'Completion' });

export type Completion = z.infer<typeof completionSchema>;

export const completionChunkSchema = z
  .object({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.object({ ...completionChoice, finish_reason: finishReasonSchema.nullable() })),
    usage: usageSchema.nullable().optional(),
    ...systemFields,
  })
  .meta({ id: 'CompletionChunk' });

export type CompletionChunk = z.infer<typeof completionChunkSchema>;
