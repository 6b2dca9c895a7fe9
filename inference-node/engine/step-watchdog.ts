// Notices an engine that hangs: it has work, and makes no step for far longer than any step has taken so far. It counts ticks
// of a timer, not the clock: a machine that slept, or a process that was stopped itself, does not blame the engine for it.

export type StepWatchdogOptions = {
  /** Called once for each time of silence. */
  onHang: (silentMs: number) => void;
  /** No silence shorter than this is a hang, in milliseconds. */
  minimumMs?: number;
  /** The same until a first step was seen: it may read a model from a slow disk, and its size is a guess. */
  firstStepMs?: number;
};

/** A minute: the longest step of a model that a machine can serve at all is some seconds. */
const MINIMUM_MS = 60_000;
const FIRST_STEP_MS = 600_000;
/** A step may take this many times the longest one so far. */
const PATIENCE = 10;
/** Ticks in the shortest silence that counts. */
const TICKS = 20;

export class StepWatchdog {
  readonly #options: Required<StepWatchdogOptions>;
  readonly #tickMs: number;
  #longestMs: number | null = null;
  #silentMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ onHang, minimumMs = MINIMUM_MS, firstStepMs = FIRST_STEP_MS }: StepWatchdogOptions) {
    this.#options = { onHang, minimumMs, firstStepMs };
    this.#tickMs = minimumMs / TICKS;
  }

  /** Whether the engine has work now. Silence is counted while it has. */
  watch(hasWork: boolean): void {
    if (hasWork === (this.#timer !== undefined)) return;
    this.#silentMs = 0;
    clearInterval(this.#timer);
    this.#timer = hasWork
      ? setInterval(() => {
          this.#tick();
        }, this.#tickMs).unref()
      : undefined;
  }

  /** The engine has told something. */
  noteSign(): void {
    if (this.#timer === undefined) return;
    this.#longestMs = Math.max(this.#longestMs ?? 0, this.#silentMs);
    this.#silentMs = 0;
  }

  /** Another process, perhaps with other models: what was measured does not hold for it. */
  forget(): void {
    this.watch(false);
    this.#longestMs = null;
  }

  #tick(): void {
    this.#silentMs += this.#tickMs;
    const { minimumMs, firstStepMs, onHang } = this.#options;
    const limit = this.#longestMs === null ? firstStepMs : Math.max(minimumMs, PATIENCE * this.#longestMs);
    if (this.#silentMs < limit) return;
    const silentMs = this.#silentMs;
    this.watch(false);
    onHang(silentMs);
  }
}
