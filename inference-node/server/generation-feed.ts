// Between an engine that produces and a reader that may be slow: takes the engine's events as they come and joins what nobody
// has fetched yet, so a slow reader gets fewer, larger pieces. What is held is bounded by the call's `max_tokens`; a reader
// that takes nothing at all is cut by the stream's stall limit (answer-stream.ts).
import type { FinishReason } from '../../protocol/inference/chat-completion.ts';
import type { ChoicesEvent } from '../engine/choices.ts';
import type { GenerationResult, TextPiece } from '../engine/engine.ts';
import { joinPieces } from '../engine/join-pieces.ts';

/** What one choice has got since the last fetch. `finishReason`: it will get no more. */
export type ChoicePiece = TextPiece & { choice: number; finishReason: FinishReason | null };

/** What has come since the last fetch. With `result` or `error` it is the last one. */
export type FeedPiece = { choices: readonly ChoicePiece[] } & FeedEnd;
type FeedEnd = { type: 'more' } | { type: 'finished'; result: GenerationResult } | { type: 'failed'; error: unknown };

const NOTHING: TextPiece = { text: '', logProbabilities: [] };

export class GenerationFeed {
  readonly #pieces = new Map<number, ChoicePiece>();
  #end: FeedEnd = { type: 'more' };
  #wake: (() => void) | null = null;
  readonly #accepted = Promise.withResolvers<undefined>();
  readonly #ended: Promise<void>;

  /** Starts to take events at once. `onFailure` is told first, so that it can stop the engine. */
  constructor(events: AsyncIterable<ChoicesEvent>, onFailure: (error: unknown) => void) {
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
    const choices = [...this.#pieces.values()];
    this.#pieces.clear();
    return { choices, ...this.#end };
  }

  async #take(events: AsyncIterable<ChoicesEvent>, onFailure: (error: unknown) => void): Promise<void> {
    try {
      for await (const event of events) {
        this.#note(event);
        this.#wake?.();
      }
      if (this.#end.type === 'more') throw new Error('the generation was stopped');
    } catch (error) {
      onFailure(error);
      if (this.#end.type === 'more') this.#end = { type: 'failed', error };
      this.#accepted.reject(error);
      this.#wake?.();
    }
  }

  #note(event: ChoicesEvent): void {
    switch (event.type) {
      case 'accepted':
        this.#accepted.resolve(undefined);
        return;
      case 'text':
        this.#add(event.choice, event, null);
        return;
      case 'ended':
        this.#add(event.choice, NOTHING, event.finishReason);
        return;
      case 'finished':
        this.#end = { type: 'finished', result: event.result };
    }
  }

  #add(choice: number, piece: TextPiece, finishReason: FinishReason | null): void {
    const joined = joinPieces(this.#pieces.get(choice) ?? NOTHING, piece);
    this.#pieces.set(choice, { ...joined, choice, finishReason });
  }

  #hasPiece(): boolean {
    return this.#pieces.size > 0 || this.#end.type !== 'more';
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
