// How many prompt tokens one step may compute. A long prompt is cut so that a step beside running streams takes at most so
// many times as long as it would without it (or so little that nobody sees it), and a step alone about a second, which is how
// long a cancel may wait: a few tokens on a slow CPU, whole batches on a GPU.
import { runningMean } from './running-mean.ts';

/** A step that also advances running streams may take this many times a plain one, when nothing else is set. */
export const DEFAULT_PREFILL_SLOWDOWN = 2;
/** No shared step needs to be shorter than this, in milliseconds: nobody sees it, and short steps waste a small model's time. */
const UNSEEN_STEP_MS = 50;
/** A step with nobody else in it, in milliseconds. */
const ALONE_STEP_MS = 1000;
/** Alone, below this many tokens the fixed costs of a step weigh too much. Sizes alone are powers of two. */
const MIN_ALONE_TOKENS = 32;
/** Before anything was measured. */
const FIRST_TOKENS = 64;

/** What a step took. */
export type StepTime = { prefillTokens: number; decodingCalls: number; milliseconds: number };

export class PrefillBudget {
  readonly #max: number;
  readonly #slowdown: number;
  /** Of a step that only decodes. */
  #plainMs: number | null = null;
  /** Of one prompt token, in steps without and with running streams. */
  #aloneMs: number | null = null;
  #addedMs: number | null = null;
  #lastShared = FIRST_TOKENS;

  /** `max`: tokens of one batch. `slowdown`: how many times a plain step a shared one may take; 1 or less: any time. */
  constructor(max: number, slowdown = DEFAULT_PREFILL_SLOWDOWN) {
    this.#max = max;
    this.#slowdown = slowdown;
  }

  /** Prompt tokens that the next step may take. */
  tokens(shared: boolean): number {
    return Math.min(this.#max, shared && this.#slowdown > 1 ? this.#sharedTokens(this.#slowdown) : this.#aloneTokens());
  }

  /** What a prompt token costs, in milliseconds; null: not measured yet. */
  get promptTokenMs(): number | null {
    return this.#aloneMs ?? this.#addedMs;
  }

  measure({ prefillTokens, decodingCalls, milliseconds }: StepTime): void {
    if (prefillTokens === 0) this.#plainMs = runningMean(this.#plainMs, milliseconds);
    else if (decodingCalls === 0) this.#aloneMs = runningMean(this.#aloneMs, milliseconds / prefillTokens);
    else {
      this.#lastShared = prefillTokens;
      if (this.#plainMs === null) return;
      this.#addedMs = runningMean(this.#addedMs, Math.max(0, milliseconds - this.#plainMs) / prefillTokens);
    }
  }

  #aloneTokens(): number {
    if (this.#aloneMs === null) return FIRST_TOKENS;
    let size = MIN_ALONE_TOKENS;
    while (size * 2 <= ALONE_STEP_MS / this.#aloneMs && size * 2 <= this.#max) size *= 2;
    return size;
  }

  #sharedTokens(slowdown: number): number {
    if (this.#plainMs === null) return MIN_ALONE_TOKENS;
    // A token among few costs no less than one among many. One lucky measurement must not lead to a long stall.
    const tokenMs = Math.max(this.#aloneMs ?? 0, this.#addedMs ?? 0);
    const mayTakeMs = Math.max(slowdown * this.#plainMs, UNSEEN_STEP_MS);
    const fitting = (mayTakeMs - this.#plainMs) / tokenMs;
    return Math.max(1, Math.floor(Math.min(fitting, 2 * this.#lastShared)));
  }
}
