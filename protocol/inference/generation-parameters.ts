// The fields that chat and text completions share: length, stopping, choices, streaming. Bounds are OpenAI's
// (https://platform.openai.com/docs/api-reference/chat/create) where it states one.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { modelIdSchema } from './model-id.ts';
import { samplingParameters } from './sampling-parameters.ts';
import { textSchema } from './text.ts';

/** No model here writes more in one call; keeps token arithmetic far from 2^31. */
export const MAX_COMPLETION_TOKENS = 1_000_000;
/** OpenAI's own bound on the number of stop sequences. */
export const MAX_STOP_SEQUENCES = 4;
/** Choices of one call, over all its prompts: half of the calls that a model lets wait by default. */
export const MAX_CHOICES = 32;
const MAX_STOP_LENGTH = 256;
/** In UTF-16 units. */
const MAX_GRAMMAR_LENGTH = 65_536;
const MAX_USER_LENGTH = 512;
const MAX_METADATA_ENTRIES = 16;

const tokenCountSchema = z.int().min(1).max(MAX_COMPLETION_TOKENS);
const stopTextSchema = textSchema(MAX_STOP_LENGTH).min(1);

export const stopSchema = z
  .union([stopTextSchema.transform((stop) => [stop]), z.array(stopTextSchema).max(MAX_STOP_SEQUENCES)])
  .meta({ description: 'Up to 4 texts at which the model stops. They are not part of the answer.' });

/** Fields of both completion requests, to be spread into a strict object. */
export const generationParameters = {
  model: modelIdSchema.meta({ description: 'A model id from GET /v1/models.' }),
  max_tokens: absentWhenNull(tokenCountSchema).meta({ description: 'The most tokens to generate.' }),
  ...samplingParameters,
  stop: absentWhenNull(stopSchema),
  grammar: absentWhenNull(textSchema(MAX_GRAMMAR_LENGTH).min(1)).meta({
    description: "What the answer must be, in llama.cpp's GBNF, beginning with the rule `root`.",
  }),
  n: absentWhenNull(z.int().min(1).max(MAX_CHOICES)).meta({
    description: 'How many answers to the same prompt, generated side by side.',
  }),
  timings_per_token: absentWhenNull(z.boolean()).meta({
    description: 'The answer tells what it took, as `timings`; a stream with every chunk.',
  }),
  stream: absentWhenNull(z.boolean()),
  stream_options: absentWhenNull(z.strictObject({ include_usage: absentWhenNull(z.boolean()) })),
} as const;

/** Fields that are accepted because they change nothing: labels, and settings at the value that means "off". */
export const labelParameters = {
  user: absentWhenNull(z.string().max(MAX_USER_LENGTH)),
  metadata: absentWhenNull(
    z
      .record(z.string().max(64), z.string().max(512))
      .refine((metadata) => Object.keys(metadata).length <= MAX_METADATA_ENTRIES, 'metadata has at most 16 entries'),
  ),
  store: absentWhenNull(z.literal(false)),
  service_tier: absentWhenNull(z.enum(['auto', 'default'])),
  safety_identifier: absentWhenNull(z.string().max(MAX_USER_LENGTH)),
  prompt_cache_key: absentWhenNull(z.string().max(MAX_USER_LENGTH)),
} as const;
