// Gathers what is to be told to the parent, and sends it as one message: structured clone and a pipe write cost the same for
// one stream's token as for sixteen.
import type { CallEvent, ChildMessage } from '../engine/engine-messages.ts';
import type { ModelStats } from '../engine/engine.ts';

/** Counters ride along at most this often while only text is sent, in milliseconds. */
const STATS_INTERVAL_MS = 250;
const NO_STATS: readonly ModelStats[] = [];

export class Outbox {
  readonly #send: (message: ChildMessage) => void;
  readonly #stats: () => readonly ModelStats[];
  #events: CallEvent[] = [];
  #scheduled = false;
  #statsDue = false;
  #statsSentAt = 0;

  constructor(send: (message: ChildMessage) => void, stats: () => readonly ModelStats[]) {
    this.#send = send;
    this.#stats = stats;
  }

  /** Adds an event; it is sent with everything else that is added in this turn of the event loop, or by `flush`. */
  add(event: CallEvent): void {
    this.#events.push(event);
    if (event.type !== 'text') this.#statsDue = true;
    this.#schedule();
  }

  /** Sends the counters soon, after a change that is no event. */
  touch(): void {
    this.#statsDue = true;
    this.#schedule();
  }

  flush(): void {
    if (this.#events.length === 0 && !this.#statsDue) return;
    const now = performance.now();
    const withStats = this.#statsDue || now - this.#statsSentAt >= STATS_INTERVAL_MS;
    if (withStats) this.#statsSentAt = now;
    this.#send({ type: 'events', events: this.#events, stats: withStats ? this.#stats() : NO_STATS });
    this.#events = [];
    this.#statsDue = false;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}
