// What a model reads, as clients may give it: a text, token ids, or a list of either.
import * as z from 'zod';
import { textSchema } from './text.ts';

/** As for chat: the body cap is the real bound. */
const MAX_TEXT_LENGTH = 64 * 1024 * 1024;
/** Larger than any vocabulary. */
const MAX_TOKEN_ID = 10_000_000;
const MAX_TOKENS = 1_000_000;

export const tokenIdSchema = z.int().min(0).max(MAX_TOKEN_ID);

/** One or several; always a list afterwards. */
export function textOrTokensSchema(maxEntries: number) {
  const text = textSchema(MAX_TEXT_LENGTH).min(1);
  const tokens = z.array(tokenIdSchema).min(1).max(MAX_TOKENS);
  return z.union([
    text.transform((one) => [one]),
    tokens.transform((one) => [one]),
    z.array(text).min(1).max(maxEntries),
    z.array(tokens).min(1).max(maxEntries),
  ]);
}
