// The body of a call as a server of another maker is to get it: what was validated for the client, in the plainest of the forms that
// OpenAI's API allows. What such a server does not know it passes over; labels and priorities never get here.
import * as z from 'zod';
import { parseJson } from '../../../protocol/parse-json.ts';

const bodySchema = z.looseObject({
  prompt: z.array(z.unknown()).optional(),
  n: z.int().nullish(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).optional(),
});

export type OriginRequest = {
  /** JSON. */
  body: string;
  /** Whether the client asked a stream for its usage. It is asked for in any case. */
  wantsUsage: boolean;
  /** Answers that are asked for, over all prompts. */
  choices: number;
};

/** `body`: the JSON that one of our own nodes would get. */
export function buildRequest(body: string): OriginRequest {
  const fields = bodySchema.parse(parseJson(body));
  const { prompt, n, stream, stream_options: options } = fields;
  const choices = (prompt?.length ?? 1) * (n ?? 1);
  // Ollama takes no list here.
  if (prompt?.length === 1) Object.assign(fields, { prompt: prompt[0] });
  if (stream === true) fields.stream_options = { ...options, include_usage: true };
  else delete fields.stream_options;
  return { body: JSON.stringify(fields), wantsUsage: options?.include_usage === true, choices };
}
