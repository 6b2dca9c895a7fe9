// How many prompt tokens one step may compute. A long prompt is cut so that running streams stall, and a cancel waits, only
// for about a set time on this machine: small chunks on a slow CPU, full batches on a GPU. Sizes are powers of two.

/** A step that also advances running streams may take about this long, in milliseconds: a stutter, not a pause. */
const SHARED_STEP_MS = 250;
/** A step with nobody else in it: bounds how long a cancel waits. */
const ALONE_STEP_MS = 1000;
/** Below this many tokens the fixed costs of a step weigh too much. */
const MIN_TOKENS = 32;
/** Before anything was measured. */
const FIRST_TOKENS = 64;
/** Weight of the newest measurement in the running mean. */
const NEWEST_WEIGHT = 0.3;

export class PrefillBudget {
  readonly #max: number;
  #msPerToken: number | null = null;

  /** `max`: tokens of one batch. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Prompt tokens that the next step may take. */
  tokens(shared: boolean): number {
    if (this.#msPerToken === null) return Math.min(FIRST_TOKENS, this.#max);
    const fitting = (shared ? SHARED_STEP_MS : ALONE_STEP_MS) / this.#msPerToken;
    let size = MIN_TOKENS;
    while (size * 2 <= fitting && size * 2 <= this.#max) size *= 2;
    return Math.min(size, this.#max);
  }

  /** Tells what a step with `tokens` tokens in all took. Only steps that computed prompt tokens count. */
  measure(tokens: number, milliseconds: number): void {
    const newest = milliseconds / tokens;
    this.#msPerToken =
      this.#msPerToken === null ? newest : this.#msPerToken + NEWEST_WEIGHT * (newest - this.#msPerToken);
  }
}
