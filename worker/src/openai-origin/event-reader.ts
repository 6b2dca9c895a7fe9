// What the events of a foreign stream say, one by one: which are for the client, what they cost, whether the answer came to its end.
import * as z from 'zod';
import { SSE_DONE } from '../../../protocol/inference/server-sent-events.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import type { CallCounts } from './call-counts.ts';
import { readUsage, type Usage } from './read-usage.ts';

const DONE = '[DONE]';

const chunkSchema = z.looseObject({
  error: z.unknown().optional(),
  usage: z.unknown().optional(),
  choices: z
    .array(
      z.looseObject({
        index: z.int().nullish(),
        delta: z.record(z.string(), z.unknown()).nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
});

type Choice = NonNullable<z.infer<typeof chunkSchema>['choices']>[number];

export type EventReaderOptions = {
  /** What was reserved for the prompt. */
  promptTokens: number;
  /** Answers that the call has, over all its prompts. */
  choices: number;
  /** The client asked for the usage. */
  wantsUsage: boolean;
  /** When the call was sent, in Unix milliseconds. */
  sentAtMs: number;
};

/** The stream says that the answer failed, or is no stream of answers. */
export class BrokenStreamError extends Error {
  override readonly name = 'BrokenStreamError';
}

export class EventReader {
  readonly #options: EventReaderOptions;
  #usage: Usage | null = null;
  #pieces = 0;
  #firstTokenMs: number | null = null;
  /** Indexes of the choices that have a reason for their end. */
  readonly #finished = new Set<number>();
  /** `[DONE]` came: whatever follows is nobody's. */
  done = false;

  constructor(options: EventReaderOptions) {
    this.#options = options;
  }

  /** The text that the client is to get for an event; empty for one that is not for it. Throws a `BrokenStreamError`. */
  take(payload: string): string {
    if (this.done) return '';
    if (payload.trim() === DONE) {
      this.done = true;
      return SSE_DONE;
    }
    const { data: chunk } = chunkSchema.safeParse(parseJson(payload));
    // What went wrong at a stranger's is a stranger's text.
    if (chunk === undefined || (chunk.error ?? null) !== null) throw new BrokenStreamError('no chunk of an answer');
    const usage = readUsage(chunk.usage);
    if (usage !== null) this.#usage = usage;
    const choices = chunk.choices ?? [];
    for (const choice of choices) this.#count(choice);
    return choices.length === 0 && usage !== null && !this.#options.wantsUsage ? '' : formatPayload(payload);
  }

  /** What is still to be said when the stream has ended: some servers end it without `[DONE]`. Throws a `BrokenStreamError` when the answer had not. */
  end(): string {
    if (this.done) return '';
    if (this.#finished.size < this.#options.choices) throw new BrokenStreamError('the stream ended before its answer');
    return SSE_DONE;
  }

  counts(): CallCounts {
    const firstTokenMs = this.#firstTokenMs;
    if (this.#usage !== null) return { ...this.#usage, firstTokenMs, estimated: false };
    const { promptTokens } = this.#options;
    return { promptTokens, cachedTokens: 0, completionTokens: this.#pieces, firstTokenMs, estimated: true };
  }

  /** Servers send a token an event, or a few. */
  #count({ index, delta, text, finish_reason: finish }: Choice): void {
    if (finish) this.#finished.add(index ?? 0);
    const said = Object.entries(delta ?? {}).some(([name, value]) => name !== 'role' && Boolean(value));
    if (!text && !said) return;
    this.#pieces += 1;
    this.#firstTokenMs ??= Date.now() - this.#options.sentAtMs;
  }
}

/** As it came; between the parts of a JSON text a line break is white space. */
function formatPayload(payload: string): string {
  return `data: ${payload.replaceAll('\n', ' ')}\n\n`;
}
