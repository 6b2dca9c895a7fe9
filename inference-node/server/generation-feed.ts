// Between an engine that produces and a reader that may be slow: takes the engine's events as they come and joins the text
// that nobody has fetched yet, so a slow reader gets fewer, larger pieces. What is held is bounded by the call's `max_tokens`;
// a reader that takes nothing at all is cut by the stream's stall limit (answer-stream.ts).
import type { GenerationEvent, GenerationResult } from '../engine/engine.ts';

/** What has come since the last fetch. With `result` or `error` it is the last one. */
export type FeedPiece =
  | { type: 'text'; text: string }
  | { type: 'finished'; text: string; result: GenerationResult }
  | { type: 'failed'; text: string; error: unknown };

export class GenerationFeed {
  #text = '';
  #last: Exclude<FeedPiece, { type: 'text' }> | null = null;
  #wake: (() => void) | null = null;
  readonly #accepted = Promise.withResolvers<undefined>();
  readonly #ended: Promise<void>;

  /** Starts to take events at once. `onFailure` is told first, so that it can stop the engine. */
  constructor(events: AsyncIterable<GenerationEvent>, onFailure: (error: unknown) => void) {
    // Nobody may be waiting for it when it fails.
    this.#accepted.promise.catch(() => undefined);
    this.#ended = this.#take(events, onFailure);
  }

  /** Resolves when the engine has accepted the call; rejects with its error when it has not. */
  get accepted(): Promise<unknown> {
    return this.#accepted.promise;
  }

  /** Resolves when the engine is done with the call, well or not: never rejects. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The next piece, or null when there was nothing for `quietMs`. One reader at a time. */
  async next(quietMs: number): Promise<FeedPiece | null> {
    if (!this.#hasPiece()) await this.#wait(quietMs);
    if (!this.#hasPiece()) return null;
    const text = this.#text;
    this.#text = '';
    return this.#last === null ? { type: 'text', text } : { ...this.#last, text };
  }

  async #take(events: AsyncIterable<GenerationEvent>, onFailure: (error: unknown) => void): Promise<void> {
    try {
      for await (const event of events) {
        if (event.type === 'accepted') this.#accepted.resolve(undefined);
        else if (event.type === 'text') this.#text += event.text;
        else this.#last = { type: 'finished', text: '', result: event.result };
        this.#wake?.();
      }
      if (this.#last === null) throw new Error('the generation was stopped');
    } catch (error) {
      onFailure(error);
      this.#last ??= { type: 'failed', text: '', error };
      this.#accepted.reject(error);
      this.#wake?.();
    }
  }

  #hasPiece(): boolean {
    return this.#text !== '' || this.#last !== null;
  }

  async #wait(quietMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = () => {
      resolve(undefined);
    };
    const timer = setTimeout(wake, quietMs);
    this.#wake = wake;
    await promise;
    clearTimeout(timer);
    this.#wake = null;
  }
}
