// What miniflare itself has to say. It restarts workerd when that dies; an error here means that the restart failed.
import { Log, LogLevel } from 'miniflare';

export class HostLog extends Log {
  readonly #write: (line: string) => void;
  readonly #onFailure: () => void;

  #muted = false;

  constructor(write: (line: string) => void, onFailure: () => void) {
    super(LogLevel.WARN);
    this.#write = write;
    this.#onFailure = onFailure;
  }

  /** From now on workerd ends because we end it. */
  mute(): void {
    this.#muted = true;
  }

  override log(message: string): void {
    if (!this.#muted) this.#write(message);
  }

  override error(error: Error): void {
    if (this.#muted) return;
    this.#write(`hearthkey: the gateway's runtime: ${error.message}`);
    this.#onFailure();
  }
}
