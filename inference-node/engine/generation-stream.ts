// One generation at the parent's side: takes what the child tells, gives it to the one reader in order. Text that the reader
// has not taken yet is joined, so a slow reader costs no more than its text.
import type { CallEvent } from './engine-messages.ts';
import type { Generation, GenerationEvent, GenerationProgress, TextPiece } from './engine.ts';
import { errorOfEvent } from './error-of-event.ts';
import { joinPieces } from './join-pieces.ts';
import type { ApiError } from '../../protocol/errors/api-error.ts';

type Ending = { type: 'done' } | { type: 'failed'; error: ApiError };

export class GenerationStream implements Generation {
  readonly events: AsyncIterable<GenerationEvent>;
  readonly #onLeave: () => void;
  #progress: GenerationProgress = {
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    queueMs: 0,
    firstTokenMs: null,
    decodeMs: 0,
  };
  #acceptedAt: number | null = null;
  #queue: GenerationEvent[] = [];
  #ending: Ending | null = null;
  #wake: (() => void) | null = null;
  #afterEnd: (() => void) | null = null;

  /** `onLeave` is called when the reader stops before the end. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
    this.events = this.#read();
  }

  get progress(): GenerationProgress {
    return this.#progress;
  }

  get isAccepted(): boolean {
    return this.#acceptedAt !== null;
  }

  /** Registers what to do once nothing more will come. */
  onEnd(callback: () => void): void {
    this.#afterEnd = callback;
  }

  take(event: CallEvent): void {
    if (this.#ending !== null) return;
    switch (event.type) {
      case 'accepted':
        this.#acceptedAt = performance.now();
        this.#progress = { ...this.#progress, promptTokens: event.promptTokens };
        this.#push({ type: 'accepted', promptTokens: event.promptTokens });
        return;
      case 'started':
        this.#progress = event.progress;
        return;
      case 'text':
        this.#countText(event.completionTokens);
        if (event.text !== '' || event.logProbabilities.length > 0) this.#pushText(event);
        return;
      case 'finished':
        this.#progress = event.result;
        this.#push({ type: 'finished', result: event.result });
        this.end();
        return;
      case 'answered':
        return;
      case 'failed':
        this.fail(errorOfEvent(event));
        return;
    }
  }

  /** Ends without a word, as after a cancel. What was not read yet is dropped. */
  cancel(): void {
    if (this.#ending === null) this.#queue = [];
    this.end();
  }

  end(): void {
    this.#settle({ type: 'done' });
  }

  fail(error: ApiError): void {
    this.#settle({ type: 'failed', error });
  }

  #settle(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#afterEnd?.();
    this.#wake?.();
  }

  #push(event: GenerationEvent): void {
    this.#queue.push(event);
    this.#wake?.();
  }

  #pushText({ text, logProbabilities }: TextPiece): void {
    const last = this.#queue.at(-1);
    if (last?.type !== 'text') this.#push({ type: 'text', text, logProbabilities });
    else this.#queue[this.#queue.length - 1] = { type: 'text', ...joinPieces(last, { text, logProbabilities }) };
  }

  #countText(completionTokens: number): void {
    const sinceAcceptance = performance.now() - (this.#acceptedAt ?? performance.now());
    const firstTokenMs = this.#progress.firstTokenMs ?? sinceAcceptance;
    const decodeMs = sinceAcceptance - firstTokenMs;
    this.#progress = { ...this.#progress, completionTokens, firstTokenMs, decodeMs };
  }

  async *#read(): AsyncGenerator<GenerationEvent, void, void> {
    try {
      for (;;) {
        const event = this.#queue.shift();
        if (event !== undefined) yield event;
        else if (this.#ending === null) await this.#more();
        else if (this.#ending.type === 'failed') throw this.#ending.error;
        else return;
      }
    } finally {
      if (this.#ending === null) {
        this.end();
        this.#onLeave();
      }
    }
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}
