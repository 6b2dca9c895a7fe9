// A clock that stands until the test moves it, for `Date` and for timers, of the gateway's side as of the objects'. Timers poll,
// each in its own place: workerd does not let one object's timer wake another object's work.
import { vi } from 'vitest';

/** No machine's real time: alarms that are set in it come only when the test runs them. */
const START_MS = Date.UTC(2040, 0, 10, 12);
/** A timer whose object is gone fires never. In looks. */
const GIVEN_UP_AFTER = 50;

/** Moments of real time without anything under way, after which what is waited for waits for the clock. */
const PATIENCE = 12;
/** And after which all that was begun has gone as far as it can. */
const CALM = 3;

type Timer = { dueMs: number; isCleared: boolean };

const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

export class VirtualClock {
  readonly #timers = new Set<Timer>();

  /** From here on time stands. */
  start(): void {
    vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
    const setTimeout = (callback: () => void, ms = 0): Timer => this.#set(callback, ms);
    const clearTimeout = (timer: Timer | null | undefined): void => {
      this.#clear(timer);
    };
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }

  stop(): void {
    Object.assign(globalThis, real);
    vi.useRealTimers();
    this.#timers.clear();
  }

  /** When the next timer is due, in Unix milliseconds; null: there is none. */
  nextDueMs(): number | null {
    const due = [...this.#timers].map(({ dueMs }) => dueMs);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Moves to a moment; resolves when every timer that was due by then has fired. */
  async moveTo(ms: number): Promise<void> {
    vi.setSystemTime(Math.max(ms, Date.now()));
    const isDue = ({ dueMs }: Timer): boolean => dueMs <= Date.now();
    for (let look = 0; [...this.#timers].some(isDue) && look < GIVEN_UP_AFTER; look++) await tick();
    for (const timer of this.#timers) if (isDue(timer)) this.#timers.delete(timer);
  }

  /** Resolves as the work does; moves when nothing but a timer can be waited for: nothing is under way for a while of real time. */
  async finish<Value>(work: Promise<Value>, isBusy: () => boolean, patience = PATIENCE): Promise<Value> {
    let done = false;
    const isDone = (): boolean => done;
    const finished = work.finally(() => {
      done = true;
    });
    finished.catch(() => undefined);
    for (let quiet = 0; !isDone();) {
      await tick();
      quiet = isBusy() ? 0 : quiet + 1;
      if (quiet <= patience) continue;
      const dueMs = this.nextDueMs();
      if (dueMs !== null) await this.moveTo(dueMs);
      quiet = 0;
    }
    return finished;
  }

  /** Lets what was begun go on as far as it can while time stands. */
  async calm(isBusy: () => boolean): Promise<void> {
    for (let quiet = 0; quiet < CALM; quiet = isBusy() ? 0 : quiet + 1) await tick();
  }

  #set(callback: () => void, ms: number): Timer {
    const timer = { dueMs: Date.now() + ms, isCleared: false };
    this.#timers.add(timer);
    const look = (): void => {
      if (timer.isCleared) return;
      if (Date.now() < timer.dueMs) {
        real.setTimeout(look, 0);
        return;
      }
      this.#timers.delete(timer);
      callback();
    };
    real.setTimeout(look, 0);
    return timer;
  }

  #clear(timer: Timer | null | undefined): void {
    if (timer === null || timer === undefined) return;
    timer.isCleared = true;
    this.#timers.delete(timer);
  }
}

/** Lets everything else go on for a moment of real time. */
function tick(): Promise<void> {
  return new Promise((resolve) => {
    real.setTimeout(resolve, 0);
  });
}
