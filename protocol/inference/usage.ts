// Token counts of one call, in OpenAI's shape.
import * as z from 'zod';

const countSchema = z.int().min(0);

export const usageSchema = z
  .object({
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    total_tokens: countSchema,
    prompt_tokens_details: z.object({ cached_tokens: countSchema }),
  })
  .meta({ id: 'Usage' });

export type Usage = z.infer<typeof usageSchema>;
