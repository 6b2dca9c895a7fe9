// The windows of one scope: a key or a user, for all models or for one. Knows how much may still be counted before storage has to
// hear of it: storage is written ahead in blocks, so that a crash never lets more through than allowed, and forgets one block at most.
import type { LimitSet } from '../../../protocol/admin/limits.ts';
import { CalendarWindow } from './calendar-window.ts';
import { LIMIT_RULES, type Amounts, type CountedLimit, type LimitRule, type LimitUnit } from './limit-rules.ts';
import { SlidingMinute } from './sliding-minute.ts';
import type { UsageWindow, WindowState } from './usage-window.ts';

/** A fiftieth of the smallest limit: what a crash may cost, and how often storage is written. */
const BLOCK_SHARE = 1 / 50;
const MS_PER_SECOND = 1_000;

type CountedWindow = {
  window: UsageWindow;
  /** Calls charged before this second were not counted here: the limit is younger than they are. Unix seconds. */
  countsFrom: number;
};

type StoredWindow = { countsFrom: number; state: WindowState };

export type StoredScope = {
  windows: Partial<Record<CountedLimit, StoredWindow>>;
  /** Counted as used when read again, at the second `at`. */
  ahead: Amounts;
  at: number;
};

/** What was used of the present day or month before the limit was set, from the usage table. */
export type ReadUsed = (unit: LimitUnit, period: 'day' | 'month', nowMs: number) => number;

export class LimitScope {
  readonly #windows = new Map<CountedLimit, CountedWindow>();
  readonly #readUsed: ReadUsed;
  readonly #stored: StoredScope | null;
  /** Stored windows of limits that were not asked about yet. */
  readonly #unread: Map<string, StoredWindow>;
  #credit: Amounts = { requests: 0, tokens: 0 };

  constructor(stored: StoredScope | null, readUsed: ReadUsed) {
    this.#stored = stored;
    this.#unread = new Map(Object.entries(stored?.windows ?? {}));
    this.#readUsed = readUsed;
  }

  /** The windows that the limits of this moment ask for; those of limits that are gone are forgotten. */
  *windows(limits: LimitSet, nowMs: number): Generator<{ rule: LimitRule; limit: number; window: UsageWindow }> {
    for (const rule of LIMIT_RULES) {
      const limit = limits[rule.name];
      if (limit === undefined) this.#windows.delete(rule.name);
      else yield { rule, limit, window: this.#windowOf(rule, nowMs).window };
    }
  }

  /** Counts what was admitted. True: storage must be written before the answer leaves. */
  charge(limits: LimitSet, amounts: Amounts, nowMs: number): boolean {
    const chargedAt = Math.floor(nowMs / MS_PER_SECOND);
    let overdrawn = false;
    for (const { rule, window } of this.windows(limits, nowMs)) {
      window.add(amounts[rule.unit], chargedAt, nowMs);
      overdrawn ||= amounts[rule.unit] > this.#credit[rule.unit];
    }
    this.#credit.requests -= amounts.requests;
    this.#credit.tokens -= amounts.tokens;
    return overdrawn;
  }

  /** Puts what was truly used in place of what was reserved. */
  settle(limits: LimitSet, reserved: Amounts, used: Amounts, chargedAt: number, nowMs: number): void {
    for (const { rule, window } of this.windows(limits, nowMs)) {
      const counted = (this.#windows.get(rule.name)?.countsFrom ?? 0) <= chargedAt;
      window.add(used[rule.unit] - (counted ? reserved[rule.unit] : 0), chargedAt, nowMs);
    }
  }

  /** What to store now. `ahead`: with a block on top, since more will be counted soon. */
  store(limits: LimitSet, ahead: boolean, nowMs: number): StoredScope {
    const windows: StoredScope['windows'] = {};
    for (const { rule, window } of this.windows(limits, nowMs)) {
      windows[rule.name] = { countsFrom: this.#windows.get(rule.name)?.countsFrom ?? 0, state: window.state(nowMs) };
    }
    const block = { requests: blockOf(limits, 'requests', ahead), tokens: blockOf(limits, 'tokens', ahead) };
    this.#credit = { ...block };
    return { windows, ahead: block, at: Math.floor(nowMs / MS_PER_SECOND) };
  }

  #windowOf(rule: LimitRule, nowMs: number): CountedWindow {
    const present = this.#windows.get(rule.name);
    if (present !== undefined) return present;
    const stored = this.#unread.get(rule.name);
    const made = stored === undefined ? this.#begin(rule, nowMs) : this.#restore(rule, stored, nowMs);
    this.#windows.set(rule.name, made);
    // Used once: a limit that is taken away and set again begins anew.
    this.#unread.delete(rule.name);
    return made;
  }

  #begin(rule: LimitRule, nowMs: number): CountedWindow {
    const window = makeWindow(rule, [], nowMs);
    const now = Math.floor(nowMs / MS_PER_SECOND);
    if (rule.period !== 'minute') window.add(this.#readUsed(rule.unit, rule.period, nowMs), now, nowMs);
    return { window, countsFrom: now };
  }

  #restore(rule: LimitRule, stored: StoredWindow, nowMs: number): CountedWindow {
    const window = makeWindow(rule, stored.state, nowMs);
    if (this.#stored !== null) window.add(this.#stored.ahead[rule.unit], this.#stored.at, nowMs);
    return { window, countsFrom: stored.countsFrom };
  }
}

function makeWindow({ period }: LimitRule, state: WindowState, nowMs: number): UsageWindow {
  return period === 'minute' ? new SlidingMinute(state) : new CalendarWindow(period, state, nowMs);
}

function blockOf(limits: LimitSet, unit: LimitUnit, ahead: boolean): number {
  if (!ahead) return 0;
  const set = LIMIT_RULES.flatMap((rule) => (rule.unit === unit ? (limits[rule.name] ?? []) : []));
  return set.length === 0 ? 0 : Math.floor(Math.min(...set) * BLOCK_SHARE);
}
