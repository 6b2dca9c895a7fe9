// The questions that never enter the training text. Part `dev` was looked at while the text was written, part `test` was
// not.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const questionSchema = z.union([
  z.strictObject({ question: z.string(), facts: z.array(z.string()).min(1) }),
  z.strictObject({ question: z.string(), pattern: z.string() }),
]);

/** A question with the facts that answer it, or with the pattern (a regular expression) that a right answer matches. */
export type HeldOutQuestion = z.infer<typeof questionSchema>;

const heldOutSchema = z.strictObject({ dev: z.array(questionSchema), test: z.array(questionSchema) });

export type HeldOutPart = keyof z.infer<typeof heldOutSchema>;

/** Reads one part, in the order of the file. */
export function readHeldOutQuestions(part: HeldOutPart): HeldOutQuestion[] {
  const text = readFileSync(new URL('../recipe/held-out.json', import.meta.url), 'utf8');
  return heldOutSchema.parse(JSON.parse(text))[part];
}
