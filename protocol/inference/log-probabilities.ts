// How likely the model found each token of an answer, in the two shapes that OpenAI's API has for it: natural logarithms,
// of the model's own distribution, before temperature, penalties, biases and grammar.
import * as z from 'zod';

const token = {
  /** Its text; U+FFFD stands for bytes that are no whole character. */
  token: z.string(),
  logprob: z.number(),
  /** Its text in UTF-8; null where its bytes are no whole character. */
  bytes: z.array(z.int().min(0).max(255)).nullable(),
};

const tokenLogProbabilitySchema = z
  .object({ ...token, top_logprobs: z.array(z.object(token)) })
  .meta({ id: 'TokenLogProbability' });

/** Of a chat choice (https://platform.openai.com/docs/api-reference/chat/object). */
export const chatLogProbabilitiesSchema = z.object({
  content: z.array(tokenLogProbabilitySchema),
  refusal: z.null(),
});

/** Of a text completion's choice (https://platform.openai.com/docs/api-reference/completions/object). */
export const completionLogProbabilitiesSchema = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number()),
  top_logprobs: z.array(z.record(z.string(), z.number())),
  /** Where each token begins in the choice's text, in characters (UTF-16 units). */
  text_offset: z.array(z.int().min(0)),
});

export type ChatLogProbabilities = z.infer<typeof chatLogProbabilitiesSchema>;
export type CompletionLogProbabilities = z.infer<typeof completionLogProbabilitiesSchema>;
