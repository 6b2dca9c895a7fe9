// `GET /v1/models` and `GET /v1/models/{id}` (https://platform.openai.com/docs/api-reference/models).
import * as z from 'zod';

export const modelSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().meta({ description: 'Unix time in seconds at which the node loaded the model.' }),
    owned_by: z.string(),
    context_length: z.int().meta({ description: 'Tokens of prompt and completion together.' }),
  })
  .meta({ id: 'Model' });

export type Model = z.infer<typeof modelSchema>;

export const modelListSchema = z
  .object({ object: z.literal('list'), data: z.array(modelSchema) })
  .meta({ id: 'ModelList' });
