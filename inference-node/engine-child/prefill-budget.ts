// How many prompt tokens one step may compute. A long prompt is cut so that a step beside running streams takes at most so
// many times as long as one that only decodes (or so little that nobody sees it), and a step alone about a second, which is how
// long a cancel may wait: a few tokens on a slow CPU, whole batches on a GPU. Calls whose prompts are read count as if they were
// answering already: who answers beside them has to expect their company, and were it not so, the first of several would be done
// before the last one begins.
import { runningMean } from './running-mean.ts';

/** A step that also advances running streams may take this many times a plain one of all calls, when nothing else is set. */
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
/** Calls that have a sequence: those that a step advances, and those whose prompts are read. */
export type CallsAtOnce = { decoding: number; reading: number };

export class PrefillBudget {
  readonly #max: number;
  readonly #slowdown: number;
  /** Of steps that only decode, and how many calls were in them. */
  #plain: { milliseconds: number; calls: number } | null = null;
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
  tokens(calls: CallsAtOnce): number {
    const shared = calls.decoding > 0 && this.#slowdown > 1;
    return Math.min(this.#max, shared ? this.#sharedTokens(calls) : this.#aloneTokens());
  }

  /** What a step takes that only decodes, in milliseconds: a token for each running answer. Null: not measured yet. */
  get plainStepMs(): number | null {
    return this.#plain?.milliseconds ?? null;
  }

  /** What a prompt token costs, in milliseconds; null: not measured yet. */
  get promptTokenMs(): number | null {
    return this.#aloneMs ?? this.#addedMs;
  }

  measure({ prefillTokens, decodingCalls, milliseconds }: StepTime): void {
    if (prefillTokens === 0) {
      this.#plain = {
        milliseconds: runningMean(this.#plain?.milliseconds ?? null, milliseconds),
        calls: runningMean(this.#plain?.calls ?? null, decodingCalls),
      };
    } else if (decodingCalls === 0) this.#aloneMs = runningMean(this.#aloneMs, milliseconds / prefillTokens);
    else {
      this.#lastShared = prefillTokens;
      const plainMs = this.#plainMs(decodingCalls);
      if (plainMs === null) return;
      this.#addedMs = runningMean(this.#addedMs, Math.max(0, milliseconds - plainMs) / prefillTokens);
    }
  }

  /** Of a step that only decodes so many calls: each more is a token more, and costs no more than its share. Null: not measured yet. */
  #plainMs(calls: number): number | null {
    if (this.#plain === null) return null;
    const { milliseconds, calls: measured } = this.#plain;
    return milliseconds + (calls - measured) * Math.min(this.#sharedMs(), milliseconds / measured);
  }

  /** Of a prompt token in a shared step. One among few costs no less than one among many. */
  #sharedMs(): number {
    return Math.max(this.#aloneMs ?? 0, this.#addedMs ?? 0);
  }

  #aloneTokens(): number {
    if (this.#aloneMs === null) return FIRST_TOKENS;
    let size = MIN_ALONE_TOKENS;
    while (size * 2 <= ALONE_STEP_MS / this.#aloneMs && size * 2 <= this.#max) size *= 2;
    return size;
  }

  #sharedTokens({ decoding, reading }: CallsAtOnce): number {
    const [plainMs, fullMs] = [this.#plainMs(decoding), this.#plainMs(decoding + reading)];
    if (plainMs === null || fullMs === null) return MIN_ALONE_TOKENS;
    const fitting = (Math.max(this.#slowdown * fullMs, UNSEEN_STEP_MS) - plainMs) / this.#sharedMs();
    // One lucky measurement must not lead to a long stall.
    return Math.max(1, Math.floor(Math.min(fitting, 2 * this.#lastShared)));
  }
}
