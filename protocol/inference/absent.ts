// OpenAI's clients send `null` for "not set". This reads it so, and hands on a plain absent value.
import type * as z from 'zod';

/**
 * An optional field for which `null` means absent. `optional` stands outermost: so zod passes by fields that are not there,
 * most of a request's, without running what is inside.
 */
export function absentWhenNull<T extends z.ZodType>(schema: T) {
  return schema
    .nullable()
    .transform((value) => value ?? undefined)
    .optional();
}
