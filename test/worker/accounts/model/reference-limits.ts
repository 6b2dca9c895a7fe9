// Which limits a call falls under, and what is used of each: at least, so that no call passes that must not, and at most, so that
// none is refused that must pass.
import type { LimitName, Limits, LimitSet } from '../../../../protocol/admin/limits.ts';
import { LIMIT_NAMES } from '../../../../protocol/admin/limits.ts';
import { periodStartMs } from '../../../../worker/src/limits/calendar-window.ts';
import type { Counts, ReferenceCall } from './reference-calls.ts';
import type { GrantedPermit } from './simulated-gateway.ts';

const MINUTE_MS = 60_000;
/** A second's calls leave together, and some count as calls of the next seconds. */
const LONGEST_MINUTE_MS = 64_000;
/** A block is a fiftieth of a limit. */
const BLOCK_SHARE = 1 / 50;

/** `key` null: the user's. `since`: the step at which it was set, having been absent. */
export type ReferenceLimit = {
  key: number | null;
  model: string | null;
  name: LimitName;
  limit: number;
  since: number;
};

/** What a crash has taken along: it stays counted. */
export type Losses = { permits: (GrantedPermit & { key: number })[]; restarts: number };

export class ReferenceLimits {
  #limits: ReferenceLimit[] = [];
  /** The largest limit ever, by whose it is and what it counts. */
  readonly #largest = new Map<string, number>();

  /** Sets all limits of a key or (null) of the user. */
  set(key: number | null, limits: Limits | null, step: number): void {
    const former = this.#limits.filter((limit) => limit.key === key);
    const others = this.#limits.filter((limit) => limit.key !== key);
    const sets: [string | null, LimitSet][] = [[null, limits ?? {}], ...Object.entries(limits?.models ?? {})];
    const wanted = sets.flatMap(([model, set]) =>
      LIMIT_NAMES.flatMap((name) => {
        const limit = set[name];
        if (limit === undefined) return [];
        const blockId = blockOf({ key, model, name });
        this.#largest.set(blockId, Math.max(this.#largest.get(blockId) ?? 0, limit));
        const same = former.find((candidate) => candidate.model === model && candidate.name === name);
        return [{ key, model, name, limit, since: same?.since ?? step }];
      }),
    );
    this.#limits = [...others, ...wanted];
  }

  get all(): readonly ReferenceLimit[] {
    return this.#limits;
  }

  of(key: number, model: string): ReferenceLimit[] {
    return this.#limits.filter((limit) => isUnder(limit, { key, model }));
  }

  /** What the account must count at least of a limit. */
  least(limit: ReferenceLimit, calls: readonly ReferenceCall[], nowMs: number): number {
    const own = calls.filter((call) => isUnder(limit, call));
    if (limit.name === 'parallel_requests') return own.filter(({ lease }) => lease !== 'none').length;
    const fromMs = windowStartMs(limit, MINUTE_MS, nowMs);
    return sum(own, (call) => {
      const [least] = boundsOf(limit, call);
      if (!isMinute(limit)) return call.chargedAt * 1_000 < fromMs ? 0 : least;
      // A minute begins with nothing, so of older calls it counts what it hears of in time.
      return call.admittedMs <= fromMs || call.step < limit.since ? 0 : least;
    });
  }

  /** What it may count at most. */
  most(limit: ReferenceLimit, calls: readonly ReferenceCall[], losses: Losses, nowMs: number): number {
    if (limit.name === 'parallel_requests') return this.least(limit, calls, nowMs);
    const fromMs = windowStartMs(limit, LONGEST_MINUTE_MS, nowMs);
    const isIn = ({ chargedAt }: { chargedAt: number }): boolean => chargedAt * 1_000 >= fromMs;
    const own = calls.filter((call) => isUnder(limit, call) && isIn(call));
    const permits = losses.permits.filter((permit) => isUnder(limit, permit) && isIn(permit));
    const block = Math.floor((this.#largest.get(blockOf(limit)) ?? 0) * BLOCK_SHARE) * losses.restarts;
    return (
      sum(own, (call) => boundsOf(limit, call)[1]) +
      sum(permits, ({ requests, tokens }) => amountOf(limit, { requests, tokens: tokens ?? 0 })) +
      block
    );
  }
}

/** What one call of these amounts needs of a limit. */
export function amountOf({ name }: ReferenceLimit, { requests, tokens }: Counts): number {
  if (name === 'parallel_requests') return 1;
  return name.startsWith('tokens') ? tokens : requests;
}

/**
 * What a limit counts of a call, at least and at most. One that was set after the call counts what usage tells; but when it was
 * taken away only for a time in which nothing happened, it has never begun anew.
 */
function boundsOf(limit: ReferenceLimit, { counted, usage, ...call }: ReferenceCall): [least: number, most: number] {
  const told = { requests: usage.calls, tokens: usage.promptTokens + usage.completionTokens };
  const account = amountOf(limit, counted ?? reservedOf(call));
  const possible = call.step < limit.since ? [account, amountOf(limit, told)] : [account];
  return [Math.min(...possible), Math.max(...possible)];
}

function reservedOf({ promptTokens, maxTokens }: Pick<ReferenceCall, 'promptTokens' | 'maxTokens'>): Counts {
  return { requests: 1, tokens: promptTokens + maxTokens };
}

function isUnder(limit: ReferenceLimit, { key, model }: { key: number; model: string | null }): boolean {
  return (limit.key === null || limit.key === key) && (limit.model === null || limit.model === model);
}

function blockOf({ key, model, name }: Pick<ReferenceLimit, 'key' | 'model' | 'name'>): string {
  return JSON.stringify([key, model, name.startsWith('tokens')]);
}

function isMinute({ name }: ReferenceLimit): boolean {
  return name.endsWith('minute');
}

function windowStartMs(limit: ReferenceLimit, minuteMs: number, nowMs: number): number {
  if (isMinute(limit)) return nowMs - minuteMs;
  return periodStartMs(limit.name.endsWith('day') ? 'day' : 'month', nowMs);
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
