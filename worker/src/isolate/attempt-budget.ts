// How often one may fail to get in: for each client a token bucket of failures (so many at once, then one every so often). One
// number a client is kept, in a bounded map: whoever failed longest ago is forgotten first, which gives a full bucket back.
import { BoundedMap } from './bounded-map.ts';

export type AttemptRate = {
  /** How many failures in a row are allowed. */
  atOnce: number;
  /** Milliseconds after which one more is allowed. */
  oneBackMs: number;
};

export type AttemptBudgetOptions = {
  perClient: AttemptRate;
  /** For all together whose client is not known. */
  unknownClients: AttemptRate;
  /** How many clients are remembered. */
  maxClients: number;
};

export class AttemptBudget {
  readonly #options: AttemptBudgetOptions;
  /** Unix time in milliseconds at which the client's bucket will be full again. */
  readonly #fullAtMs: BoundedMap<string, number>;
  #unknownFullAtMs = 0;

  constructor(options: AttemptBudgetOptions) {
    this.#options = options;
    this.#fullAtMs = new BoundedMap(options.maxClients);
  }

  /** Milliseconds until this client (null: not known) may try again; 0: now. Takes nothing. */
  waitMs(client: string | null, nowMs: number): number {
    const { atOnce, oneBackMs } = this.#rateOf(client);
    return Math.max(0, this.#fullAtOf(client) - nowMs - (atOnce - 1) * oneBackMs);
  }

  /** Takes one attempt. Calls that were on their way together may overdraw the bucket: by as much as it holds, and no more. */
  noteFailure(client: string | null, nowMs: number): void {
    const { atOnce, oneBackMs } = this.#rateOf(client);
    const fullAtMs = Math.max(this.#fullAtOf(client), nowMs) + oneBackMs;
    const bounded = Math.min(fullAtMs, nowMs + 2 * atOnce * oneBackMs);
    if (client === null) this.#unknownFullAtMs = bounded;
    else this.#fullAtMs.set(client, bounded);
  }

  /** How many clients are remembered. */
  get size(): number {
    return this.#fullAtMs.size;
  }

  #rateOf(client: string | null): AttemptRate {
    return client === null ? this.#options.unknownClients : this.#options.perClient;
  }

  #fullAtOf(client: string | null): number {
    return client === null ? this.#unknownFullAtMs : (this.#fullAtMs.get(client) ?? 0);
  }
}
