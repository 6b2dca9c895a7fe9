// The calls that are being answered, and whether new ones may start. Draining: no new ones; when the time is up the rest is
// ended with an error that their readers see.
import { ApiError } from '../../protocol/errors/api-error.ts';

/** One call's right to run, and the way to stop it. `end` may be called more than once. */
export type RunningCall = { controller: AbortController; end: () => void };

export class RunningCalls {
  readonly #controllers = new Set<AbortController>();
  #draining = false;
  #whenIdle = Promise.withResolvers<undefined>();

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
    return {
      controller,
      end: () => {
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

  #end(controller: AbortController): void {
    this.#controllers.delete(controller);
    if (this.#draining && this.#controllers.size === 0) this.#whenIdle.resolve(undefined);
  }
}
