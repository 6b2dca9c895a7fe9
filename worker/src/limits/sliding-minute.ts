// The last minute, sliding, in steps of a second: never more than the limit within any 60 seconds. A second's share leaves as a whole
// once all of it is older than a minute, so it counts for up to 61 seconds; that is the price of keeping 61 numbers at most.
import type { UsageWindow, WindowState } from './usage-window.ts';

const MS_PER_SECOND = 1_000;
/** A second counts until its last moment is a minute old. */
const COUNTED_SECONDS = 61;

export class SlidingMinute implements UsageWindow {
  /** By second, oldest first, but for what was stored or given back late. */
  readonly #bySecond = new Map<number, number>();
  #total = 0;

  constructor(stored: WindowState = []) {
    for (const { from, used } of stored) this.#count(from, used);
  }

  used(nowMs: number): number {
    this.#forget(nowMs);
    return this.#total;
  }

  add(amount: number, chargedAt: number, nowMs: number): void {
    this.#forget(nowMs);
    if (leavesAtMs(chargedAt) > nowMs) this.#count(chargedAt, amount);
  }

  waitMs(amount: number, limit: number, nowMs: number): number | null {
    if (amount > limit) return null;
    let excess = this.used(nowMs) + amount - limit;
    if (excess <= 0) return 0;
    const seconds = [...this.#bySecond.keys()].sort((one, other) => one - other);
    for (const second of seconds) {
      excess -= this.#bySecond.get(second) ?? 0;
      if (excess <= 0) return leavesAtMs(second) - nowMs;
    }
    return null;
  }

  resetMs(nowMs: number): number {
    this.#forget(nowMs);
    const newest = Math.max(...this.#bySecond.keys());
    return Number.isFinite(newest) ? leavesAtMs(newest) - nowMs : 0;
  }

  state(nowMs: number): WindowState {
    this.#forget(nowMs);
    return [...this.#bySecond].map(([from, used]) => ({ from, used }));
  }

  #count(second: number, amount: number): void {
    const sum = (this.#bySecond.get(second) ?? 0) + amount;
    this.#total += amount;
    if (sum === 0) this.#bySecond.delete(second);
    else this.#bySecond.set(second, sum);
  }

  #forget(nowMs: number): void {
    for (const [second, amount] of this.#bySecond) {
      if (leavesAtMs(second) > nowMs) continue;
      this.#bySecond.delete(second);
      this.#total -= amount;
    }
  }
}

function leavesAtMs(second: number): number {
  return (second + COUNTED_SECONDS) * MS_PER_SECOND;
}
