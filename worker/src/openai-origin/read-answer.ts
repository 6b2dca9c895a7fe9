// A whole answer, read to its end: only its body tells what it cost.
import * as z from 'zod';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import { estimateTokens } from '../limits/estimate-tokens.ts';
import { readBoundedText } from '../nodes/read-bounded.ts';
import type { CallCounts } from './call-counts.ts';
import { readUsage } from './read-usage.ts';

/** A million tokens of text, or a thousand vectors of a thousand numbers; a few of them fit into an isolate. */
const MAX_ANSWER_BYTES = 16_777_216;

/** All that is looked at; the text itself is handed on as it came. */
const answerSchema = z.looseObject({
  choices: z.array(z.unknown()).optional(),
  data: z.array(z.unknown()).optional(),
  usage: z.unknown().optional(),
});

export type ReadAnswer = { body: string; counts: CallCounts };

/** `promptTokens`: what was reserved for the prompt. Throws `node_error` for an answer that is none. */
export async function readAnswer(response: Response, promptTokens: number): Promise<ReadAnswer> {
  const body = await readBoundedText(response, MAX_ANSWER_BYTES);
  const { data: answer } = answerSchema.safeParse(parseJson(body));
  if (body === null || (answer?.choices ?? answer?.data) === undefined) {
    throw new ApiError('node_error', { reason: "the origin's answer is not in OpenAI's form, or too long" });
  }
  const usage = readUsage(answer?.usage);
  if (usage !== null) return { body, counts: { ...usage, firstTokenMs: null, estimated: false } };
  const completionTokens = answer?.choices === undefined ? 0 : estimateTokens(JSON.stringify(answer.choices));
  return { body, counts: { promptTokens, cachedTokens: 0, completionTokens, firstTokenMs: null, estimated: true } };
}
