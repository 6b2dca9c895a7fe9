// Every limit that applies to a call, and what is left of it: of the key and of its user, for all models and for the call's own.
// Synchronous throughout: between a check and its charge nothing else happens.
import type { LimitSet, Limits } from '../../../protocol/admin/limits.ts';
import type { LimitState } from '../../../protocol/inference/own-key.ts';
import type { LimitRefusal, RateSnapshot, RateState } from '../../../protocol/objects/account-admission.ts';
import { LIMIT_UNITS, type Amounts, type LimitUnit } from './limit-rules.ts';
import { sameDay } from './calendar-window.ts';
import { blockOf, LimitScope, restOfBlock, type SettledAmounts, type StoredScope } from './limit-scope.ts';
import type { UsageWindow } from './usage-window.ts';

const MS_PER_SECOND = 1_000;

/** Whose limits: those of a key or (`keyId` null) of the user; for one model or (null) for all. */
export type ScopeName = { keyId: string | null; model: string | null };
/** What permits hold of a scope's limits, the one included that is given with the call. */
type InPermits = (scope: ScopeName) => Amounts;
type BoundScope = ScopeName & { id: string; limits: LimitSet; scope: LimitScope };

/** The limits that a call falls under. */
export type LimitsOfCall = { keyId: string; model: string | null; keyLimits: Limits | null; userLimits: Limits | null };

export type LimitStorage = {
  /** Whether anything was ever written. */
  isUsed: () => boolean;
  read: (scopeId: string) => StoredScope | null;
  /** Null: nothing is kept of it. */
  write: (scopeId: string, stored: StoredScope | null) => void;
  /** What was used of the present day or month, from the usage table. */
  readUsed: (scope: ScopeName, unit: LimitUnit, period: 'day' | 'month', nowMs: number) => number;
};

export class LimitCounters {
  readonly #storage: LimitStorage;
  readonly #scopes = new Map<string, LimitScope>();
  #restartedAt = 0;

  constructor(storage: LimitStorage) {
    this.#storage = storage;
  }

  /** Up to this moment there may have been calls that only storage knows of. */
  noteRestart(nowMs: number): void {
    this.#restartedAt = Math.floor(nowMs / MS_PER_SECOND);
  }

  /** Whether any limit has ever counted a call. */
  hasCounted(): boolean {
    return this.#storage.isUsed();
  }

  /** The limit that a call of these amounts would break, with the longest wait; null: none. */
  findShortage(call: LimitsOfCall, amounts: Amounts, nowMs: number): LimitRefusal | null {
    let worst: LimitRefusal | null = null;
    for (const { scope, limits, keyId, model } of this.#bind(call)) {
      for (const { rule, limit, window } of scope.windows(limits, nowMs)) {
        const retryAfterMs = window.waitMs(amounts[rule.unit], limit, nowMs);
        if (retryAfterMs === 0 || !isWorse(retryAfterMs, worst)) continue;
        worst = { name: rule.name, scope: keyId === null ? 'user' : 'key', model, limit, retryAfterMs };
      }
    }
    return worst;
  }

  /** How much of each unit is left at most; null: no limit counts it. */
  room(call: LimitsOfCall, nowMs: number): Record<LimitUnit, number | null> {
    const { requests, tokens } = this.rates(call, nowMs);
    return { requests: requests?.remaining ?? null, tokens: tokens?.remaining ?? null };
  }

  /**
   * What a permit may hold of each unit, so that a crash loses a block of a limit at most; null: no limit counts the unit. Half a
   * block, since the next permit is given before the rest of the last one is back.
   */
  spareForPermit(call: LimitsOfCall, inPermits: InPermits): Record<LimitUnit, number | null> {
    const spare: Record<LimitUnit, number | null> = { requests: null, tokens: null };
    for (const named of limitSetsOf(call)) {
      const rest = restOfBlock(named.limits, inPermits(named));
      for (const unit of LIMIT_UNITS) {
        const block = blockOf(named.limits, unit);
        if (block !== null) spare[unit] = Math.min(spare[unit] ?? Infinity, Math.floor(block / 2), rest[unit]);
      }
    }
    return spare;
  }

  /**
   * Counts what was admitted and may be begun until `endsMs`, and writes ahead where storage does not cover it yet. Gives the second
   * as which it was counted: the last one, so that no minute holds more than the limit, but not one of the next day.
   */
  charge(call: LimitsOfCall, amounts: Amounts, inPermits: InPermits, nowMs: number, endsMs: number): number {
    const bound = [...this.#bind(call)];
    const countedFrom = bound.map(({ scope, limits }) => scope.countsFrom(limits, nowMs));
    const latest = sameDay(nowMs, endsMs) ? endsMs : nowMs;
    const chargedAt = Math.max(Math.floor(latest / MS_PER_SECOND), ...countedFrom);
    for (const { scope, limits, id, keyId, model } of bound) {
      if (!scope.charge(limits, amounts, chargedAt, nowMs)) continue;
      this.#write(id, scope.store(limits, inPermits({ keyId, model }), nowMs));
    }
    return chargedAt;
  }

  /** Puts what was used in place of what was reserved. `store` is to follow. */
  settle(call: LimitsOfCall, amounts: SettledAmounts, nowMs: number): void {
    for (const { scope, limits } of this.#bind(call)) scope.settle(limits, amounts, nowMs);
  }

  /** Stores what the call's scopes hold, without a block on top. */
  store(call: LimitsOfCall, nowMs: number): void {
    for (const { scope, limits, id } of this.#bind(call)) this.#write(id, scope.store(limits, null, nowMs));
  }

  /** Of each unit, the limit with the least left. */
  rates(call: LimitsOfCall, nowMs: number): RateSnapshot {
    const rates: Record<LimitUnit, RateState | null> = { requests: null, tokens: null };
    for (const { scope, limits } of this.#bind(call)) {
      for (const { rule, limit, window } of scope.windows(limits, nowMs)) {
        const remaining = remainingOf(window, limit, nowMs);
        const least = rates[rule.unit];
        if (least !== null && least.remaining <= remaining) continue;
        rates[rule.unit] = { limit, remaining, resetMs: window.resetMs(nowMs) };
      }
    }
    return rates;
  }

  /** Every limit of a key and its user, for people and programs to read. `parallel`: how many calls of a scope are under way. */
  describe(call: LimitsOfCall, parallel: (scope: ScopeName) => number, nowMs: number): LimitState[] {
    const states: LimitState[] = [];
    for (const bound of this.#bind(call, 'all-models')) {
      const about = { scope: bound.keyId === null ? ('user' as const) : ('key' as const), model: bound.model };
      for (const { rule, limit, window } of bound.scope.windows(bound.limits, nowMs)) {
        const resetMs = window.resetMs(nowMs);
        const resetsAt = resetMs === 0 ? null : Math.ceil((nowMs + resetMs) / MS_PER_SECOND);
        states.push({
          name: rule.name,
          ...about,
          limit,
          remaining: remainingOf(window, limit, nowMs),
          resets_at: resetsAt,
        });
      }
      const { parallel_requests: atOnce, max_tokens_per_call: perCall } = bound.limits;
      if (atOnce !== undefined) {
        const remaining = Math.max(0, atOnce - parallel(bound));
        states.push({ name: 'parallel_requests', ...about, limit: atOnce, remaining, resets_at: null });
      }
      if (perCall !== undefined) {
        states.push({ name: 'max_tokens_per_call', ...about, limit: perCall, remaining: perCall, resets_at: null });
      }
    }
    return states;
  }

  #write(id: string, stored: ReturnType<LimitScope['store']>): void {
    if (stored !== 'nothing') this.#storage.write(id, stored === 'gone' ? null : stored);
  }

  /** The scopes that a call falls under, with their limits; `of-call`: also scopes without limits, which may have had some. */
  *#bind(call: LimitsOfCall, which: 'of-call' | 'all-models' = 'of-call'): Generator<BoundScope> {
    for (const named of which === 'of-call' ? scopesOf(call) : limitSetsOf(call, which)) {
      const id = scopeId(named);
      let scope = this.#scopes.get(id);
      if (scope === undefined) {
        const { keyId, model } = named;
        scope = new LimitScope(this.#storage.read(id), this.#restartedAt, (unit, period, nowMs) =>
          this.#storage.readUsed({ keyId, model }, unit, period, nowMs),
        );
        this.#scopes.set(id, scope);
      }
      yield { ...named, id, scope };
    }
  }
}

function* scopesOf({ keyId, model, keyLimits, userLimits }: LimitsOfCall): Generator<ScopeName & { limits: LimitSet }> {
  for (const [owner, limits] of [
    [keyId, keyLimits],
    [null, userLimits],
  ] as const) {
    yield { keyId: owner, model: null, limits: limits ?? {} };
    if (model !== null) yield { keyId: owner, model, limits: ownLimits(limits, model) ?? {} };
  }
}

/** The sets of limits of a call, and whose they are; or with `all-models` those of every model that has some. */
export function* limitSetsOf(
  { keyId, model, keyLimits, userLimits }: LimitsOfCall,
  which: 'of-call' | 'all-models' = 'of-call',
): Generator<ScopeName & { limits: LimitSet }> {
  for (const [owner, limits] of [
    [keyId, keyLimits],
    [null, userLimits],
  ] as const) {
    if (limits === null) continue;
    yield { keyId: owner, model: null, limits };
    const models = which === 'all-models' ? Object.keys(limits.models ?? {}) : model === null ? [] : [model];
    for (const name of models) {
      const own = ownLimits(limits, name);
      if (own !== undefined) yield { keyId: owner, model: name, limits: own };
    }
  }
}

function ownLimits(limits: Limits | null, model: string): LimitSet | undefined {
  return Object.hasOwn(limits?.models ?? {}, model) ? limits?.models?.[model] : undefined;
}

function scopeId({ keyId, model }: ScopeName): string {
  return JSON.stringify([keyId, model]);
}

function remainingOf(window: UsageWindow, limit: number, nowMs: number): number {
  return Math.max(0, limit - window.used(nowMs));
}

function isWorse(retryAfterMs: number | null, than: LimitRefusal | null): boolean {
  if (than === null || retryAfterMs === null) return true;
  return than.retryAfterMs !== null && retryAfterMs > than.retryAfterMs;
}
