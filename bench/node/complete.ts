// One streamed completion, read as a client does: when its first text came, and how many tokens it truly was.
import { request as httpRequest } from 'node:http';
import * as z from 'zod';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { NODE_PATH } from '../../protocol/node/node-api.ts';
import type { RunningEngine } from './engine.ts';

export type Completed = {
  /** Milliseconds from the request to the first event with text. */
  firstTokenMs: number;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
};

const eventSchema = z.object({
  choices: z.array(z.object({ text: z.string() })),
  usage: z
    .object({
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      prompt_tokens_details: z.object({ cached_tokens: z.int() }).optional(),
    })
    .nullish(),
});

const NO_MORE = '[DONE]';

/** `onFirstText` may be called more than once. Over a connection of its own: llama-server closes one after a stream. Rejects when no whole stream with usage came. */
export async function complete(
  engine: RunningEngine,
  fields: object,
  onFirstText: () => void = () => undefined,
): Promise<Completed> {
  const path = NODE_PATH.completions;
  const body = JSON.stringify({ ...fields, stream: true, stream_options: { include_usage: true } });
  const headers = {
    ...(await engine.sign(path, body)),
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'content-length': Buffer.byteLength(body),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Completed>();
  const sent = performance.now();
  const call = httpRequest(engine.origin + path, { method: 'POST', agent: false, headers }, (response) => {
    const parser = new SseDataParser();
    const reading: Partial<Completed> = {};
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (response.statusCode !== 200) text += chunk;
      else for (const payload of parser.push(chunk)) note(reading, payload, performance.now() - sent);
      if (reading.firstTokenMs !== undefined) onFirstText();
    });
    response.on('error', reject);
    response.on('end', () => {
      const { firstTokenMs, promptTokens, cachedTokens, completionTokens } = reading;
      const whole = promptTokens !== undefined && cachedTokens !== undefined && completionTokens !== undefined;
      if (whole && firstTokenMs !== undefined) resolve({ firstTokenMs, promptTokens, cachedTokens, completionTokens });
      else reject(new Error(`${engine.origin} answered ${response.statusCode} ${text}`));
    });
  });
  call.on('error', reject);
  call.end(body);
  return promise;
}

function note(reading: Partial<Completed>, payload: string, elapsedMs: number): void {
  if (payload === NO_MORE) return;
  const { choices, usage } = eventSchema.parse(JSON.parse(payload));
  if (choices.some(({ text }) => text !== '')) reading.firstTokenMs ??= elapsedMs;
  if (usage === undefined || usage === null) return;
  reading.promptTokens = usage.prompt_tokens;
  reading.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
  reading.completionTokens = usage.completion_tokens;
}
