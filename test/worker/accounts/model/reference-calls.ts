// What an account must know of each call, in the simplest form: what it counts of it, whether it is settled, and its lease.
import {
  LEASE_LIFE_MS,
  type Settlement,
  type SettlementBatch,
} from '../../../../protocol/objects/account-admission.ts';

const CORRECTABLE_MS = 24 * 3_600_000;

export type Counts = { requests: number; tokens: number };
type Sums = { calls: number; promptTokens: number; completionTokens: number; estimatedCalls: number };
type Told = { promptTokens: number; completionTokens: number };

export type ReferenceCall = {
  id: string;
  key: number;
  model: string;
  chargedAt: number;
  /** The step of the test at which it was admitted, and when that was. */
  step: number;
  admittedMs: number;
  promptTokens: number;
  maxTokens: number;
  /** `memory`: goes with the object. */
  lease: 'none' | 'memory' | 'durable';
  renewedMs: number;
  /** `usage`: the node's record came before the settlement, and there was no lease; a number: an assumption stands since then. */
  settled: 'no' | 'final' | 'usage' | number;
  /** Null: what was reserved. */
  counted: Counts | null;
  usage: Sums;
};

export const NO_SUMS: Sums = { calls: 0, promptTokens: 0, completionTokens: 0, estimatedCalls: 0 };

export class ReferenceCalls {
  readonly all: ReferenceCall[] = [];

  add(call: Omit<ReferenceCall, 'settled' | 'counted' | 'usage' | 'renewedMs'>): ReferenceCall {
    const state = { settled: 'no' as const, counted: null, usage: NO_SUMS };
    const added = { ...call, ...state, renewedMs: call.admittedMs };
    this.all.push(added);
    return added;
  }

  /** The account has taken a batch. */
  deliver({ settlements, records }: SettlementBatch, nowMs: number): void {
    for (const { callId, end } of settlements) this.#settle(this.#find(callId), end, nowMs);
    for (const record of records) {
      const call = this.#find(record.callId);
      const { promptTokens, completionTokens } = record;
      if (call.settled === 'no' && call.lease === 'none') {
        Object.assign(call, { settled: 'usage', usage: toldSums(record) });
      } else if (call.settled !== 'usage') {
        const told = { promptTokens, completionTokens, cachedTokens: 0, firstTokenMs: null, error: null };
        this.#settle(call, { kind: 'counted', ...told }, nowMs);
      }
    }
  }

  /** The alarm has run, and the node had nothing to tell: what nobody renewed is estimated. */
  expire(nowMs: number): void {
    for (const call of this.all) {
      if (call.lease === 'none' || call.renewedMs + LEASE_LIFE_MS > nowMs) continue;
      this.#settle(call, { kind: 'untold', assumed: 'prompt', error: null }, nowMs);
    }
  }

  restart(nowMs: number): void {
    for (const call of this.all) {
      if (call.lease === 'memory') call.lease = 'none';
      if (call.lease === 'durable') call.renewedMs = nowMs;
    }
  }

  sums(key: number): Sums {
    const sum = { ...NO_SUMS };
    for (const { key: owner, usage } of this.all) {
      if (owner !== key) continue;
      for (const name of Object.keys(sum) as (keyof Sums)[]) sum[name] += usage[name];
    }
    return sum;
  }

  #settle(call: ReferenceCall, end: Settlement['end'], nowMs: number): void {
    if (call.settled === 'final') return;
    const costs = costOf(call, end);
    if (call.settled === 'usage') {
      const { calls: requests, promptTokens, completionTokens } = call.usage;
      Object.assign(call, { settled: 'final', counted: { requests, tokens: promptTokens + completionTokens } });
    } else if (typeof call.settled === 'number') {
      if (end.kind !== 'counted' || call.settled + CORRECTABLE_MS < nowMs) return;
      Object.assign(call, { settled: 'final', ...costs });
    } else {
      Object.assign(call, { settled: end.kind === 'untold' ? nowMs : 'final', lease: 'none', ...costs });
    }
  }

  #find(id: string): ReferenceCall {
    const call = this.all.find((candidate) => candidate.id === id);
    if (call === undefined) throw new Error(`the account was told of a call that nobody knows: ${id}`);
    return call;
  }
}

function costOf(call: ReferenceCall, end: Settlement['end']): Pick<ReferenceCall, 'counted' | 'usage'> {
  if (end.kind === 'counted') {
    return { counted: { requests: 1, tokens: end.promptTokens + end.completionTokens }, usage: toldSums(end) };
  }
  if (end.kind === 'unreached' || end.assumed === 'nothing') {
    return { counted: { requests: 0, tokens: 0 }, usage: { ...NO_SUMS, calls: 1 } };
  }
  const { promptTokens } = call;
  const usage = { ...NO_SUMS, calls: 1, promptTokens, estimatedCalls: 1 };
  return { counted: { requests: 1, tokens: promptTokens }, usage };
}

function toldSums({ promptTokens, completionTokens }: Told): Sums {
  return { calls: 1, promptTokens, completionTokens, estimatedCalls: 0 };
}
