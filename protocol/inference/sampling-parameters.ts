// How the next token is chosen: OpenAI's fields with OpenAI's bounds
// (https://platform.openai.com/docs/api-reference/chat/create), and llama-server's words for what OpenAI has no field for.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';

/** Larger than any vocabulary. */
const MAX_TOP_K = 10_000_000;
const MAX_REPEAT_PENALTY = 10;
const MAX_BIASED_TOKENS = 1024;

const logitBiasSchema = z
  .record(z.string().regex(/^\d{1,7}$/, 'a key of logit_bias is a token id'), z.number().min(-100).max(100))
  .refine(
    (biases) => Object.keys(biases).length <= MAX_BIASED_TOKENS,
    `logit_bias has at most ${MAX_BIASED_TOKENS} entries`,
  );

/** Fields of both completion requests, to be spread into a strict object. */
export const samplingParameters = {
  temperature: absentWhenNull(z.number().min(0).max(2)).meta({
    description: '0 is greedy: always the likeliest token.',
  }),
  top_p: absentWhenNull(z.number().gt(0).max(1)),
  top_k: absentWhenNull(z.int().min(0).max(MAX_TOP_K)).meta({
    description: 'Only so many of the likeliest tokens are considered; 0: all. Absent: 40.',
  }),
  min_p: absentWhenNull(z.number().min(0).max(1)).meta({
    description: 'Tokens less likely than this part of the likeliest one are left out. Absent: 0.05.',
  }),
  presence_penalty: absentWhenNull(z.number().min(-2).max(2)).meta({
    description: 'Above 0: tokens that the answer has already become less likely.',
  }),
  frequency_penalty: absentWhenNull(z.number().min(-2).max(2)).meta({
    description: 'Above 0: tokens become less likely each time that the answer has them.',
  }),
  repeat_penalty: absentWhenNull(z.number().gt(0).max(MAX_REPEAT_PENALTY)).meta({
    description: 'Above 1: tokens among the last 64 of prompt and answer become less likely. Absent: 1.',
  }),
  logit_bias: absentWhenNull(logitBiasSchema).meta({
    description: 'Token ids and what is added to their logits; -100 bans a token.',
  }),
  seed: absentWhenNull(
    z
      .int()
      .min(-(2 ** 53))
      .max(2 ** 53),
  ).meta({
    description: 'The same seed and input give the same output, on the same model and machine.',
  }),
} as const;
