// Random strings with the token ids that training used for them, so that a difference in tokenisation is seen.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const tokenCasesSchema = z.array(z.strictObject({ text: z.string(), ids: z.array(z.int().min(0)) }));

export type TokenCase = z.infer<typeof tokenCasesSchema>[number];

/** The cases of one architecture, as make_token_cases.py wrote them. */
export function readTokenCases(architecture: 'llama' | 'phi2'): TokenCase[] {
  const file = new URL(`../recipe/token-cases-${architecture}.json`, import.meta.url);
  return tokenCasesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
