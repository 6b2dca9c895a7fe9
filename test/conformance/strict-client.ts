// A client with a key of its own that may have one call at a time: a lease that is not given back shows at its next call, and a call that
// is not settled in what the key has used.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { usageReportSchema, type UsageRow } from '../../protocol/admin/usage.ts';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import type { AskAdmin } from './ask-admin.ts';

/** How a call ended, as the client saw it. */
export type SeenEnd =
  | { how: 'whole'; completionTokens: number }
  /** An error's answer, or error event. `pieces`: events with content before it. */
  | { how: 'error'; status: number; code: string; pieces: number }
  /** Its 200 was seen, and then the connection broke. */
  | { how: 'broken' };

export type OpenStream = {
  /** Waits for more events; false: there are no more. */
  next: () => Promise<boolean>;
  /** Reads to the end. */
  rest: () => Promise<SeenEnd>;
};

const keySchema = z.object({ id: z.string(), key: z.string() });
type Key = z.infer<typeof keySchema>;

export class StrictClient {
  readonly #gateway: string;
  readonly #admin: AskAdmin;
  readonly #userId: string;
  readonly #key: Key;

  private constructor(gateway: string, admin: AskAdmin, { userId, key }: { userId: string; key: Key }) {
    this.#gateway = gateway;
    this.#admin = admin;
    this.#userId = userId;
    this.#key = key;
  }

  static async create(gateway: string, admin: AskAdmin): Promise<StrictClient> {
    const created = await admin('POST', '/admin/users', { name: randomUUID() });
    return StrictClient.#ofUser(gateway, admin, z.object({ id: z.string() }).parse(created).id);
  }

  static async #ofUser(gateway: string, admin: AskAdmin, userId: string): Promise<StrictClient> {
    const body = { user_id: userId, name: randomUUID(), limits: { parallel_requests: 1 } };
    const key = keySchema.parse(await admin('POST', '/admin/keys', body));
    return new StrictClient(gateway, admin, { userId, key });
  }

  /** One with another key of the same user: what begins alike goes to the same node. */
  sibling(): Promise<StrictClient> {
    return StrictClient.#ofUser(this.#gateway, this.#admin, this.#userId);
  }

  /** One whole answer. */
  async ask(model: string, body: object = {}): Promise<SeenEnd> {
    const answer = await this.send(model, body);
    const text = await answer.text().catch(() => null);
    if (text === null) return { how: 'broken' };
    if (answer.status !== 200) return readError(answer, text);
    return { how: 'whole', completionTokens: usageHolderSchema.parse(JSON.parse(text)).usage.completion_tokens };
  }

  /** Resolves when the first event with content is there, or the answer has ended without one. */
  async open(model: string, body: object = {}): Promise<OpenStream> {
    const answer = await this.send(model, { ...body, stream: true, stream_options: { include_usage: true } });
    if (answer.status !== 200) {
      const end = readError(answer, await answer.text());
      return { next: () => Promise.resolve(false), rest: () => Promise.resolve(end) };
    }
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new SseDataParser();
    const events: string[] = [];
    let broken = false;
    const next = async (): Promise<boolean> => {
      try {
        const read = await reader?.read();
        if (read?.done !== false) return false;
        events.push(...parser.push(read.value));
        return true;
      } catch {
        broken = true;
        return false;
      }
    };
    while (events.length < 2 && (await next()));
    const rest = async (): Promise<SeenEnd> => {
      while (await next());
      return broken ? { how: 'broken' } : readEnd(events);
    };
    return { next, rest };
  }

  /** What the key has used, as far as the nodes and gateways that can be asked know. */
  async used(): Promise<UsageRow> {
    const { data } = usageReportSchema.parse(await this.#admin('GET', `/admin/usage?key_id=${this.#key.id}`));
    const [row] = data;
    if (row === undefined) throw new Error('one sum was asked for');
    return row;
  }

  /** The answer as it comes. */
  send(model: string, body: object): Promise<Response> {
    const messages = [{ role: 'user', content: 'Go on' }];
    return this.#post('/v1/chat/completions', { model, messages, temperature: 0, ...body });
  }

  /** The answer as it comes, by the plain contract. */
  predict(model: string): Promise<Response> {
    return this.#post('/predict', { model, input: 'Go on' });
  }

  #post(path: string, body: object): Promise<Response> {
    return fetch(this.#gateway + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#key.key}` },
      body: JSON.stringify(body),
    });
  }
}

const errorSchema = z.object({ error: z.object({ code: z.string() }) });
const usageHolderSchema = z.object({ usage: z.object({ completion_tokens: z.int() }) });

function readError(answer: Response, text: string): SeenEnd {
  const { code } = errorSchema.parse(JSON.parse(text)).error;
  if (answer.status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  return { how: 'error', status: answer.status, code, pieces: 0 };
}

/** A stream ends in one of two ways, and says which. */
function readEnd(events: readonly string[]): SeenEnd {
  if (events.at(-1) === '[DONE]') {
    const { usage } = usageHolderSchema.parse(JSON.parse(events.at(-2) ?? '{}'));
    return { how: 'whole', completionTokens: usage.completion_tokens };
  }
  expect(events.filter((event) => event.includes('"error"'))).toHaveLength(1);
  const { code } = errorSchema.parse(JSON.parse(events.at(-1) ?? '{}')).error;
  return { how: 'error', status: 200, code, pieces: events.length - 1 };
}
