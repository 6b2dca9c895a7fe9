// The windows of one scope: a key or a user, for all models or for one. Knows how much may still be counted before storage has to
// hear of it: storage is written ahead in blocks, so that a crash never lets more through than allowed, and forgets one block at most.
import type { LimitSet } from '../../../protocol/admin/limits.ts';
import { CalendarWindow, sameDay } from './calendar-window.ts';
import { LIMIT_RULES, type Amounts, type CountedLimit, type LimitRule, type LimitUnit } from './limit-rules.ts';
import { SlidingMinute } from './sliding-minute.ts';
import type { UsageWindow, WindowState } from './usage-window.ts';

/** A fiftieth of the smallest limit: what a crash may cost. What is written ahead and what permits hold are within it, together. */
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
  /** Counted as used, at the moment when it is read again: nobody knows when up to then it was. */
  ahead: Amounts;
};

/**
 * What a call was charged at that second, and what it came to. `usage`: what usage was told of it before (null: nothing), and what
 * it is told now.
 */
export type SettledAmounts = {
  chargedAt: number;
  reserved: Amounts;
  used: Amounts;
  usage: { before: Amounts | null; after: Amounts };
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
  /** Storage still has the window of a limit that is gone. */
  #isStale = false;
  /** The second of the last call here, as far as is known, whether a limit counted it or not. */
  #chargedAt: number;

  /** `chargedAt`: the last second in which there may have been calls that nobody here remembers. */
  constructor(stored: StoredScope | null, chargedAt: number, readUsed: ReadUsed) {
    this.#stored = stored;
    this.#chargedAt = chargedAt;
    this.#unread = new Map(Object.entries(stored?.windows ?? {}));
    this.#readUsed = readUsed;
  }

  /** The windows that the limits of this moment ask for; those of limits that are gone are forgotten. */
  *windows(limits: LimitSet, nowMs: number): Generator<{ rule: LimitRule; limit: number; window: UsageWindow }> {
    for (const { rule, limit, counted } of this.#counted(limits, nowMs)) yield { rule, limit, window: counted.window };
  }

  /** The first second that all of the windows count, in Unix seconds. */
  countsFrom(limits: LimitSet, nowMs: number): number {
    return Math.max(0, ...[...this.#counted(limits, nowMs)].map(({ counted }) => counted.countsFrom));
  }

  /** Counts what was admitted, at a second that all windows count. True: storage must be written before the answer leaves. */
  charge(limits: LimitSet, amounts: Amounts, chargedAt: number, nowMs: number): boolean {
    let overdrawn = false;
    for (const { rule, window } of this.windows(limits, nowMs)) {
      window.add(amounts[rule.unit], chargedAt, nowMs);
      overdrawn ||= amounts[rule.unit] > this.#credit[rule.unit];
    }
    this.#chargedAt = Math.max(this.#chargedAt, chargedAt);
    this.#credit.requests -= amounts.requests;
    this.#credit.tokens -= amounts.tokens;
    return overdrawn || this.#isStale;
  }

  /** Puts what was truly used in place of what was reserved. A window that is younger than the call counts what usage is told. */
  settle(limits: LimitSet, { chargedAt, reserved, used, usage }: SettledAmounts, nowMs: number): void {
    for (const { rule, counted } of this.#counted(limits, nowMs)) {
      const isYounger = counted.countsFrom > chargedAt;
      // Minutes begin with nothing, so there is nothing to correct in them.
      if (isYounger && rule.period === 'minute' && usage.before !== null) continue;
      const [before, after] = isYounger ? [usage.before, usage.after] : [reserved, used];
      counted.window.add(after[rule.unit] - (before?.[rule.unit] ?? 0), chargedAt, nowMs);
    }
  }

  /**
   * What to store now, if anything; `gone`: what is stored is to go. With what permits hold (null: so not): with the rest of a block
   * on top, since more will be counted soon.
   */
  store(limits: LimitSet, inPermits: Amounts | null, nowMs: number): StoredScope | 'nothing' | 'gone' {
    const windows: StoredScope['windows'] = {};
    for (const { rule, counted } of this.#counted(limits, nowMs)) {
      windows[rule.name] = { countsFrom: counted.countsFrom, state: counted.window.state(nowMs) };
    }
    const ahead = inPermits === null ? { requests: 0, tokens: 0 } : restOfBlock(limits, inPermits);
    this.#credit = { ...ahead };
    const wasStale = this.#isStale;
    this.#isStale = false;
    if (Object.keys(windows).length > 0) return { windows, ahead };
    return wasStale ? 'gone' : 'nothing';
  }

  *#counted(limits: LimitSet, nowMs: number): Generator<{ rule: LimitRule; limit: number; counted: CountedWindow }> {
    for (const rule of LIMIT_RULES) {
      const limit = limits[rule.name];
      if (limit === undefined) this.#forget(rule.name);
      else yield { rule, limit, counted: this.#windowOf(rule, nowMs) };
    }
  }

  /** A limit that is taken away and set again begins anew: what came in between was not counted. */
  #forget(name: CountedLimit): void {
    const wasRead = this.#windows.delete(name);
    const wasStored = this.#unread.delete(name);
    this.#isStale ||= wasRead || wasStored;
  }

  #windowOf(rule: LimitRule, nowMs: number): CountedWindow {
    const present = this.#windows.get(rule.name);
    if (present !== undefined) return present;
    const stored = this.#unread.get(rule.name);
    const made = stored === undefined ? this.#begin(rule, nowMs) : this.#restore(rule, stored, nowMs);
    this.#windows.set(rule.name, made);
    this.#unread.delete(rule.name);
    return made;
  }

  #begin(rule: LimitRule, nowMs: number): CountedWindow {
    const window = makeWindow(rule, [], nowMs);
    const now = Math.floor(nowMs / MS_PER_SECOND);
    if (rule.period !== 'minute') window.add(this.#readUsed(rule.unit, rule.period, nowMs), now, nowMs);
    // Of this very second there may be calls that nobody counted: those that are have to be told apart.
    const next = this.#chargedAt + 1;
    const isNeeded = next > now && sameDay(nowMs, next * MS_PER_SECOND);
    return { window, countsFrom: isNeeded ? next : now };
  }

  #restore(rule: LimitRule, stored: StoredWindow, nowMs: number): CountedWindow {
    const window = makeWindow(rule, stored.state, nowMs);
    window.add(this.#stored?.ahead[rule.unit] ?? 0, Math.floor(nowMs / MS_PER_SECOND), nowMs);
    return { window, countsFrom: stored.countsFrom };
  }
}

function makeWindow({ period }: LimitRule, state: WindowState, nowMs: number): UsageWindow {
  return period === 'minute' ? new SlidingMinute(state) : new CalendarWindow(period, state, nowMs);
}

/** What may still be counted without storage hearing of it, or be given in permits. A unit that no limit counts has none. */
export function restOfBlock(limits: LimitSet, inPermits: Amounts): Amounts {
  const rest = (unit: LimitUnit): number => Math.max(0, (blockOf(limits, unit) ?? 0) - inPermits[unit]);
  return { requests: rest('requests'), tokens: rest('tokens') };
}

/** Null: no limit counts the unit. */
export function blockOf(limits: LimitSet, unit: LimitUnit): number | null {
  const set = LIMIT_RULES.flatMap((rule) => (rule.unit === unit ? (limits[rule.name] ?? []) : []));
  return set.length === 0 ? null : Math.floor(Math.min(...set) * BLOCK_SHARE);
}
