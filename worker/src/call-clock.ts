// The timers of one request, with one of the platform's behind all of them. Most requests end before any of theirs is due, and each of
// the platform's costs as much as checking the key.
import { steadyNow } from './isolate/steady-clock.ts';

type Due = { atMs: number; run: () => void };

export class CallClock {
  readonly #due = new Set<Due>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAtMs = Infinity;

  /** Runs something once, after so many milliseconds. Returns how to take it back. */
  after(ms: number, run: () => void): () => void {
    const due = { atMs: steadyNow() + ms, run };
    this.#due.add(due);
    if (due.atMs < this.#timerAtMs) this.#set(due.atMs);
    // The timer stays: it finds nothing, or what has come meanwhile.
    return () => void this.#due.delete(due);
  }

  /** Takes everything back. */
  stop(): void {
    this.#due.clear();
    clearTimeout(this.#timer);
    this.#timerAtMs = Infinity;
  }

  #set(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timerAtMs = Infinity;
        this.#runDue();
      },
      Math.max(0, atMs - steadyNow()),
    );
  }

  #runDue(): void {
    const nowMs = steadyNow();
    const due = [...this.#due].filter(({ atMs }) => atMs <= nowMs);
    for (const item of due) this.#due.delete(item);
    for (const { run } of due) run();
    const nextMs = Math.min(...[...this.#due].map(({ atMs }) => atMs));
    if (nextMs < this.#timerAtMs) this.#set(nextMs);
  }
}
