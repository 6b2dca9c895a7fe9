// The calls that are being answered, how long each may take, and whether new ones may start. Draining: no new ones; when the
// time is up the rest is ended with an error that their readers see.
import { ApiError } from '../../protocol/errors/api-error.ts';

/** One call's right to run, and the way to stop it. `end` may be called more than once. */
export type RunningCall = { controller: AbortController; end: () => void };

export class RunningCalls {
  readonly #controllers = new Set<AbortController>();
  readonly #timeoutMs: number | null;
  #draining = false;
  #whenIdle = Promise.withResolvers<undefined>();

  /** `timeoutMs`: from a call's beginning, its wait in the queue included, to its last byte; null: no limit. */
  constructor(timeoutMs: number | null) {
    this.#timeoutMs = timeoutMs;
  }

  get draining(): boolean {
    return this.#draining;
  }

  get count(): number {
    return this.#controllers.size;
  }

  /** Registers a call; throws `node_draining` when no new ones may start. */
  begin(): RunningCall {
    if (this.#draining) throw new ApiError('node_draining');
    const controller = new AbortController();
    this.#controllers.add(controller);
    const timer = this.#limit(controller);
    return {
      controller,
      end: () => {
        clearTimeout(timer);
        this.#end(controller);
      },
    };
  }

  /** Refuses new calls from now on. */
  stopAdmitting(): void {
    this.#draining = true;
    if (this.#controllers.size === 0) this.#whenIdle.resolve(undefined);
  }

  /** Resolves when draining and the last call has ended. */
  get idle(): Promise<unknown> {
    return this.#whenIdle.promise;
  }

  /** Stops every running call; their readers get `node_draining`. */
  stopAll(): void {
    for (const controller of this.#controllers) controller.abort(new ApiError('node_draining'));
  }

  #limit(controller: AbortController): NodeJS.Timeout | undefined {
    if (this.#timeoutMs === null) return undefined;
    return setTimeout(() => {
      controller.abort(new ApiError('call_timeout'));
    }, this.#timeoutMs);
  }

  #end(controller: AbortController): void {
    this.#controllers.delete(controller);
    if (this.#draining && this.#controllers.size === 0) this.#whenIdle.resolve(undefined);
  }
}
