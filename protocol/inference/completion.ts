// `POST /v1/completions`: request, response and stream chunk (https://platform.openai.com/docs/api-reference/completions).
import { z } from 'zod';
import { absentWhenNull } from './absent.ts';
import { finishReasonSchema } from './chat-completion.ts';
import { generationParameters, harmlessParameters, labelParameters } from './generation-parameters.ts';
import { textSchema } from './text.ts';
import { usageSchema } from './usage.ts';

/** As for chat: the body cap is the real bound. */
const MAX_TEXT_LENGTH = 64 * 1024 * 1024;
const promptTextSchema = textSchema(MAX_TEXT_LENGTH).min(1);

export const completionRequestSchema = z
  .strictObject({
    ...generationParameters,
    prompt: z.union([promptTextSchema, z.tuple([promptTextSchema]).transform(([prompt]) => prompt)]),
    ...harmlessParameters,
    metadata: labelParameters.metadata,
    best_of: absentWhenNull(z.literal(1)),
    echo: absentWhenNull(z.literal(false)),
    suffix: absentWhenNull(z.literal('')),
    logprobs: absentWhenNull(z.never()),
  })
  .meta({ id: 'CompletionRequest' });

/** A validated completion request: one prompt text, `stop` always an array, nulls gone. */
export type CompletionRequest = z.infer<typeof completionRequestSchema>;

const completionChoice = { index: z.int(), text: z.string(), logprobs: z.null() };

export const completionSchema = z
  .object({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.int().meta({ description: 'Unix time in seconds.' }),
    model: z.string(),
    choices: z.array(z.object({ ...completionChoice, finish_reason: finishReasonSchema })),
    usage: usageSchema,
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
  })
  .meta({ id: 'CompletionChunk' });

export type CompletionChunk = z.infer<typeof completionChunkSchema>;
