// One call of a client, whole or streamed, and how it ended as far as the client could see.
import { chatCompletionSchema } from '../../../protocol/inference/chat-completion.ts';
import { SseDataParser } from '../../../protocol/inference/server-sent-events.ts';
import { usageSchema, type Usage } from '../../../protocol/inference/usage.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { wasRefused } from './was-refused.ts';

/** Whatever dies, a call ends long before this. Milliseconds. */
const HANGS_AFTER_MS = 60_000;
export const MAX_TOKENS = 64;

export type CallEnd =
  /** All of the answer came, with what it cost. */
  | { how: 'whole'; callId: string; usage: Usage }
  /** 429. */
  | { how: 'refused'; code: string }
  /** Another error's answer. */
  | { how: 'failed'; code: string }
  /** The answer broke off. `begun`: its 200 was seen. */
  | { how: 'cut'; begun: boolean }
  /** Nobody listened. */
  | { how: 'unsent' };

/** Makes a call. Throws when it hangs, and for answers that are none. */
export async function makeCall(gateway: string, key: string, content: string, stream: boolean): Promise<CallEnd> {
  const body = {
    model: 'tiny-llama',
    messages: [{ role: 'user', content }],
    max_tokens: MAX_TOKENS,
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  };
  const late = AbortSignal.timeout(HANGS_AFTER_MS);
  let begun = false;
  try {
    const answer = await fetch(`${gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: late,
    });
    begun = answer.status === 200;
    const text = await answer.text();
    if (!begun) return { how: answer.status === 429 ? 'refused' : 'failed', code: readErrorCode(text) };
    const usage = stream ? readStreamedUsage(text) : readUsage(text);
    const callId = answer.headers.get(HEADER.callId);
    return usage === null || callId === null ? { how: 'cut', begun } : { how: 'whole', callId, usage };
  } catch (error) {
    if (late.aborted || !(error instanceof TypeError)) throw error;
    return wasRefused(error) ? { how: 'unsent' } : { how: 'cut', begun };
  }
}

function readErrorCode(text: string): string {
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}

/** Null: what came is an error, since the answer was begun before it failed. */
function readUsage(text: string): Usage | null {
  return chatCompletionSchema.safeParse(JSON.parse(text)).data?.usage ?? null;
}

/** Null: the stream did not come to its end. */
function readStreamedUsage(text: string): Usage | null {
  const events = new SseDataParser().push(text);
  if (events.at(-1) !== '[DONE]') return null;
  return usageSchema.parse((JSON.parse(events.at(-2) ?? '{}') as { usage: unknown }).usage);
}
