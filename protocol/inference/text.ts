// Text that a model can be given: well-formed Unicode without NUL. Lone surrogates cannot be written as UTF-8 and NUL
// ends strings in native code, so both are refused instead of being altered silently.
import * as z from 'zod';

/** A string of at most `max` UTF-16 units that is well-formed Unicode and holds no NUL. */
export function textSchema(max: number): z.ZodString {
  return z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed(), 'the text holds a lone surrogate, which is not valid Unicode')
    .refine((text) => !text.includes('\0'), 'the text holds a NUL character');
}
