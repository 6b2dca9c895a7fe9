// Counts what a scheduler does, for metrics and for an honest Retry-After.
import type { ModelStats } from '../engine/engine.ts';

/** Weight of the newest call in the running mean of call durations. */
const NEWEST_WEIGHT = 0.2;
/** Retry-After, in seconds: before any call was measured, and at most. */
const UNMEASURED_SECONDS = 2;
const MAX_SECONDS = 120;

export class SchedulerStats {
  readonly #model: string;
  readonly #sequences: number;
  readonly #stepsByCalls: number[];
  #steps = 0;
  #completionTokens = 0;
  #prefillTokens = 0;
  #cachedTokens = 0;
  #callMs: number | null = null;

  constructor(model: string, sequences: number) {
    this.#model = model;
    this.#sequences = sequences;
    this.#stepsByCalls = Array.from({ length: sequences + 1 }, () => 0);
  }

  countStep(calls: number, prefillTokens: number): void {
    this.#steps++;
    this.#stepsByCalls[calls] = (this.#stepsByCalls[calls] ?? 0) + 1;
    this.#prefillTokens += prefillTokens;
  }

  countToken(): void {
    this.#completionTokens++;
  }

  countCached(tokens: number): void {
    this.#cachedTokens += tokens;
  }

  /** A call left its sequence after this long. */
  countCall(milliseconds: number): void {
    this.#callMs = this.#callMs === null ? milliseconds : this.#callMs + NEWEST_WEIGHT * (milliseconds - this.#callMs);
  }

  /** When the calls that wait now will all have begun, at the speed measured so far. Whole seconds, at least 1. */
  secondsToDrain(waiting: number): number {
    if (this.#callMs === null) return UNMEASURED_SECONDS;
    const seconds = (this.#callMs * waiting) / this.#sequences / 1000;
    return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(seconds)));
  }

  /** `elsewhere`: what others count. */
  snapshot(elsewhere: Pick<ModelStats, 'running' | 'waiting' | 'restoredTokens' | 'tokenMs'>): ModelStats {
    return {
      model: this.#model,
      ...elsewhere,
      steps: this.#steps,
      stepsByCalls: [...this.#stepsByCalls],
      completionTokens: this.#completionTokens,
      prefillTokens: this.#prefillTokens,
      cachedTokens: this.#cachedTokens,
    };
  }
}
