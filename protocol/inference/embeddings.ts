// `POST /v1/embeddings`: request and response (https://platform.openai.com/docs/api-reference/embeddings).
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { labelParameters } from './generation-parameters.ts';
import { modelIdSchema } from './model-id.ts';
import { textOrTokensSchema } from './text-or-tokens.ts';

/** OpenAI's own bounds: inputs of one call, and tokens of all its inputs together. */
export const MAX_EMBEDDING_INPUTS = 2048;
export const MAX_EMBEDDING_TOKENS = 300_000;
/** More than any model has. */
export const MAX_DIMENSIONS = 65_536;

export const embeddingsRequestSchema = z
  .strictObject({
    model: modelIdSchema.meta({ description: 'A model id from GET /v1/models.' }),
    input: textOrTokensSchema(MAX_EMBEDDING_INPUTS).meta({
      description: 'A text, token ids, or a list of either: each of them gets a vector.',
    }),
    encoding_format: absentWhenNull(z.enum(['float', 'base64'])).meta({
      description: '`base64`: the vector as little-endian 32-bit floats. Default `float`.',
    }),
    dimensions: absentWhenNull(z.int().min(1).max(MAX_DIMENSIONS)).meta({
      description:
        "The model's own number, or a smaller one where the operator allows it: most models are not trained to be cut.",
    }),
    user: labelParameters.user,
  })
  .meta({ id: 'EmbeddingsRequest' });

/** A validated request: `input` always a list, nulls gone. */
export type EmbeddingsRequest = z.infer<typeof embeddingsRequestSchema>;

export const embeddingsSchema = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z
          .union([z.array(z.number()), z.string()])
          .meta({ description: 'Of length 1; as a list, or as base64 when that was asked for.' }),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int().min(0), total_tokens: z.int().min(0) }),
  })
  .meta({ id: 'Embeddings' });
