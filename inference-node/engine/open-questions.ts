// The questions that the engine's process has not answered yet.
import type { CallEvent } from './engine-messages.ts';
import { errorOfEvent } from './error-of-event.ts';
import type { ModelAnswer } from './model-questions.ts';
import type { ApiError } from '../../protocol/errors/api-error.ts';

type OpenQuestion = { answer: (answer: ModelAnswer) => void; fail: (error: unknown) => void };

export class OpenQuestions {
  readonly #open = new Map<number, OpenQuestion>();

  get size(): number {
    return this.#open.size;
  }

  /** Settles when `take` or `failAll` is told so; or after an abort, which is told by `onAbort`, rejects with its reason. */
  async wait(id: number, signal: AbortSignal, onAbort: () => void): Promise<ModelAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ModelAnswer>();
    this.#open.set(id, { answer: resolve, fail: reject });
    const abort = (): void => {
      onAbort();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#open.delete(id);
    }
  }

  /** False: the event is of no question. */
  take(event: CallEvent): boolean {
    const question = this.#open.get(event.id);
    if (question === undefined) return false;
    this.#open.delete(event.id);
    if (event.type === 'answered') question.answer(event.answer);
    if (event.type === 'failed') question.fail(errorOfEvent(event));
    return true;
  }

  failAll(error: ApiError): void {
    for (const { fail } of this.#open.values()) fail(error);
    this.#open.clear();
  }
}
