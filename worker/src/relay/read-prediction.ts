// Reads the node's chat completion for `/predict`: the one answer that the gateway has to open, because its shape is another.
import * as z from 'zod';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import { readBoundedText } from '../nodes/read-bounded.ts';

/** A million tokens of text are some 4 MB. */
const MAX_ANSWER_BYTES = 8_388_608;

const answerSchema = z.object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) });

/** The generated text of a chat completion. Throws `node_error` when there is none, and what its body fails with. */
export async function readPrediction(response: Response): Promise<string> {
  const text = await readBoundedText(response, MAX_ANSWER_BYTES);
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new ApiError('node_error', { reason: "the node's chat completion is not in OpenAI's form" });
  return parsed.data.choices[0].message.content;
}
