// `usage` of an answer in OpenAI's form, as far as servers agree on it (https://platform.openai.com/docs/api-reference/chat/object).
import * as z from 'zod';
import type { CallCounts } from './call-counts.ts';

/** No call costs more; keeps sums far from where numbers lose their last digits. */
const MAX_TOKENS = 100_000_000;

const countSchema = z.int().min(0).max(MAX_TOKENS);

const usageSchema = z.object({
  prompt_tokens: countSchema,
  /** Embeddings have none. */
  completion_tokens: countSchema.nullish(),
  prompt_tokens_details: z.object({ cached_tokens: countSchema.nullish() }).nullish(),
});

export type Usage = Pick<CallCounts, 'promptTokens' | 'cachedTokens' | 'completionTokens'>;

/** Null when it is not there, or is none. */
export function readUsage(value: unknown): Usage | null {
  const { data } = usageSchema.safeParse(value);
  if (data === undefined) return null;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens, prompt_tokens_details: details } = data;
  const cachedTokens = Math.min(details?.cached_tokens ?? 0, promptTokens);
  return { promptTokens, cachedTokens, completionTokens: completionTokens ?? 0 };
}
