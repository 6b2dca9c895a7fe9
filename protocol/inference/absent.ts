// OpenAI's clients send `null` for "not set". This reads it so, and hands on a plain absent value.
import type { z } from 'zod';

/** An optional field for which `null` means absent. */
export function absentWhenNull<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}
