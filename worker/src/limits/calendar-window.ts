// A day or a month of UTC: counted from its first second, forgotten at its last.
import type { UsageWindow, WindowState } from './usage-window.ts';

export type CalendarPeriod = 'day' | 'month';

const MS_PER_SECOND = 1_000;

export class CalendarWindow implements UsageWindow {
  readonly #period: CalendarPeriod;
  #startsMs = 0;
  #endsMs = 0;
  #used = 0;

  /** `stored` of another day or month is worth nothing. */
  constructor(period: CalendarPeriod, stored: WindowState, nowMs: number) {
    this.#period = period;
    this.#enter(nowMs);
    for (const { from, used } of stored) this.add(used, from, nowMs);
  }

  used(nowMs: number): number {
    this.#enter(nowMs);
    return this.#used;
  }

  add(amount: number, chargedAt: number, nowMs: number): void {
    this.#enter(nowMs);
    if (chargedAt * MS_PER_SECOND >= this.#startsMs) this.#used += amount;
  }

  waitMs(amount: number, limit: number, nowMs: number): number | null {
    if (amount > limit) return null;
    return this.used(nowMs) + amount <= limit ? 0 : this.#endsMs - nowMs;
  }

  resetMs(nowMs: number): number {
    return this.used(nowMs) === 0 ? 0 : this.#endsMs - nowMs;
  }

  state(nowMs: number): WindowState {
    const used = this.used(nowMs);
    return used === 0 ? [] : [{ from: this.#startsMs / MS_PER_SECOND, used }];
  }

  /** Leaves a period that is over. A clock that stepped back stays in the one it was in. */
  #enter(nowMs: number): void {
    if (nowMs < this.#endsMs) return;
    this.#startsMs = periodStartMs(this.#period, nowMs);
    this.#endsMs = periodEndMs(this.#period, nowMs);
    this.#used = 0;
  }
}

/** The first moment of the day or month that a moment lies in, in Unix milliseconds. */
export function periodStartMs(period: CalendarPeriod, nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), period === 'day' ? now.getUTCDate() : 1);
}

/** Whether two moments, in Unix milliseconds, lie in the same day and so in the same month. */
export function sameDay(oneMs: number, otherMs: number): boolean {
  return periodStartMs('day', oneMs) === periodStartMs('day', otherMs);
}

function periodEndMs(period: CalendarPeriod, nowMs: number): number {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return period === 'day' ? Date.UTC(year, month, now.getUTCDate() + 1) : Date.UTC(year, month + 1, 1);
}
