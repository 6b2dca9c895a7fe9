// What a generation took, in llama-server's words (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md).
import * as z from 'zod';

const count = z.int().min(0);
const milliseconds = z.number().min(0);
/** Null where nothing was measured. */
const rate = z.number().min(0).nullable();

export const timingsSchema = z
  .object({
    cache_n: count.meta({ description: 'Prompt tokens that were there already.' }),
    prompt_n: count.meta({ description: 'Prompt tokens computed.' }),
    prompt_ms: milliseconds,
    prompt_per_token_ms: rate,
    prompt_per_second: rate,
    predicted_n: count.meta({ description: 'Tokens written.' }),
    predicted_ms: milliseconds.meta({ description: 'From the first token to the last.' }),
    predicted_per_token_ms: rate,
    predicted_per_second: rate,
  })
  .meta({ id: 'Timings' });

export type Timings = z.infer<typeof timingsSchema>;

/** The fields of every answer and chunk that tell of the system. */
export const systemFields = {
  system_fingerprint: z
    .string()
    .nullable()
    .meta({ description: "The same as long as the model's file, its settings and the software are." }),
  timings: timingsSchema.optional().meta({ description: 'With timings_per_token; in chunks, those so far.' }),
} as const;
