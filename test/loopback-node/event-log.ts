// What happened at a server that a test started, in order, and a way to wait for it, so that no test has to sleep.
import type { NodeEvent } from './node-event.ts';

export class EventLog {
  readonly events: NodeEvent[] = [];
  readonly #waiters = new Set<() => void>();

  record(event: NodeEvent): void {
    this.events.push(event);
    for (const wake of this.#waiters) wake();
  }

  /** Resolves with the first event, past or to come, that the test looks for. */
  async waitFor(matches: (event: NodeEvent) => boolean): Promise<NodeEvent> {
    for (;;) {
      const event = this.events.find(matches);
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiters.delete(wake);
          resolve();
        };
        this.#waiters.add(wake);
      });
    }
  }
}
