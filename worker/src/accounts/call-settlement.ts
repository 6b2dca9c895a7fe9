// The end of calls: what they truly cost goes into usage and limits, each call once. Only the node and attempt that a lease names
// may settle it. What no node told is settled by the prompt's estimate, and corrected once when the record comes after all.
import type { Lease, PermitReturn, Settlement, SettlementBatch } from '../../../protocol/objects/account-admission.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';
import type { LimitCounters, LimitsOfCall } from '../limits/limit-counters.ts';
import type { Amounts } from '../limits/limit-rules.ts';
import type { SettledAmounts } from '../limits/limit-scope.ts';
import { beginOfHour, toSeconds } from '../usage/calendar.ts';
import type { LeaseBook } from './lease-book.ts';
import type { PermitOffice } from './permit-office.ts';
import { SettledCalls, type Provisional } from './settled-calls.ts';
import { NO_USAGE, type UsageLedger, type UsageOfCall } from './usage-ledger.ts';

const NOTHING: Amounts = { requests: 0, tokens: 0 };
/** Usage has heard of it already, or never will. */
const NO_NEWS = { before: NOTHING, after: NOTHING };

export type CallSettlementOptions = {
  storage: DurableObjectStorage;
  counters: LimitCounters;
  leases: LeaseBook;
  permits: PermitOffice;
  ledger: UsageLedger;
  limitsOf: (keyId: string, model: string) => LimitsOfCall;
};

/** What a call was charged, and what it comes to. */
type Charge = SettledAmounts & { keyId: string; model: string };

type CountedEnd = Extract<Settlement['end'], { kind: 'counted' }>;
type ToldCall = { callId: string; attempt: number; end: CountedEnd };

export class CallSettlement {
  readonly #options: CallSettlementOptions;
  readonly #settled: SettledCalls;

  constructor(options: CallSettlementOptions) {
    this.#options = options;
    this.#settled = new SettledCalls(options.storage.sql);
  }

  /** Whether a call was not settled yet. */
  isOpen(callId: string, nowMs: number): boolean {
    return this.#settled.find(callId, nowMs) === 'new';
  }

  /** All of the batch or nothing of it. */
  settle({ settlements, records, returns, forgotten }: SettlementBatch, nowMs: number): void {
    this.#options.storage.transactionSync(() => {
      const touched = new Map<string, LimitsOfCall>();
      const charge = (what: Charge): void => {
        touched.set(JSON.stringify([what.keyId, what.model]), this.#charge(what, nowMs));
      };
      const calls = [...settlements, ...records].map(({ callId }) => callId);
      this.#settled.prefetch([...calls, ...returns.map(({ permitId }) => permitId)]);
      for (const settlement of settlements) this.#settleCall(settlement, charge, nowMs);
      for (const record of records) this.#settleRecord(record, charge, nowMs);
      for (const permit of returns) this.#takeBack(permit, charge, nowMs);
      this.#options.ledger.write();
      this.#settled.write(nowMs);
      this.#settled.forget(forgotten, nowMs);
      for (const limits of touched.values()) this.#options.counters.store(limits, nowMs);
    });
  }

  /** Writes refusals, and settles the leases that nobody renewed. */
  async runDue(readRecords: (calls: Lease[]) => Promise<JournalRecord[]>, nowMs: number): Promise<void> {
    const { storage, ledger, leases } = this.#options;
    if (ledger.refusalsDueMs !== null && ledger.refusalsDueMs <= nowMs) {
      storage.transactionSync(() => {
        ledger.writeRefusals();
      });
    }
    this.#settled.purge(nowMs);
    const expired = leases.expired(nowMs);
    if (expired.length === 0) return;
    const records = await readRecords(expired);
    // Those that were renewed or settled while the node was asked are no longer among them. A record settles first.
    const settlements = leases.expired(nowMs).map((lease) => untold(lease));
    this.settle({ settlements: [], records, returns: [], forgotten: [] }, nowMs);
    this.settle({ settlements, records: [], returns: [], forgotten: [] }, nowMs);
  }

  #settleCall(settlement: Settlement, charge: (what: Charge) => void, nowMs: number): void {
    const { callId, keyId, model, nodeId, attempt, chargedAt, promptTokens, maxTokens, end } = settlement;
    const lease = this.#options.leases.get(callId);
    if (lease !== null && (lease.nodeId !== nodeId || lease.attempt !== attempt)) return;
    const reserved = { requests: 1, tokens: promptTokens + maxTokens };
    const [used, usage] = costOf(settlement);
    const charged = { keyId, model, chargedAt, reserved, used };
    const found = this.#settled.find(callId, nowMs);
    if (typeof found === 'object' && 'recordedTokens' in found) {
      // The record has told, whatever the gateway knows: it may have asked the node when that had forgotten the call already.
      charge({ ...charged, used: { requests: 1, tokens: found.recordedTokens }, usage: NO_NEWS });
      this.#settled.add(callId, 'final');
    } else if (typeof found === 'object' && end.kind === 'counted') {
      this.#correct({ callId, attempt, end }, found, charge);
    }
    if (found !== 'new') return;
    this.#options.leases.remove(callId);
    charge({ ...charged, usage: { before: null, after: amountsOf(usage) } });
    const hour = beginOfHour(chargedAt);
    this.#options.ledger.add({ hour, keyId, model }, usage);
    const { promptTokens: assumed, estimatedCalls, error } = usage;
    const counts = { requests: used.requests, promptTokens: assumed, estimatedCalls, error };
    const provisional = { hour, keyId, model, attempt, chargedAt, ...counts };
    this.#settled.add(callId, end.kind === 'untold' ? provisional : 'final');
  }

  /** A record that the sweep found: its gateway has not settled the call, or not yet told the node that it has. */
  #settleRecord(record: JournalRecord, charge: (what: Charge) => void, nowMs: number): void {
    const { callId, attempt, keyId, model } = record;
    const lease = this.#options.leases.get(callId);
    const end = endOf(record);
    if (lease !== null) {
      this.#settleCall({ ...lease, attempt, end }, charge, nowMs);
      return;
    }
    // What such a call reserved went with its gateway: it stays counted as it was reserved, and only usage is added.
    const found = this.#settled.find(callId, nowMs);
    if (typeof found === 'object' && 'estimatedCalls' in found) this.#correct({ callId, attempt, end }, found, charge);
    if (found !== 'new') return;
    const usage = countedUsage(end);
    const chargedAt = toSeconds(record.endedAt - record.durationMs);
    const news = { before: null, after: amountsOf(usage) };
    charge({ keyId, model, chargedAt, reserved: NOTHING, used: NOTHING, usage: news });
    this.#options.ledger.add({ hour: beginOfHour(toSeconds(record.endedAt)), keyId, model }, usage);
    this.#settled.add(callId, { recordedTokens: end.promptTokens + end.completionTokens });
  }

  /** The node has told after all, of the attempt that was settled by an assumption. */
  #correct(told: ToldCall, assumed: Provisional, charge: (what: Charge) => void): void {
    if (told.attempt !== assumed.attempt) return;
    const { hour, keyId, model, chargedAt, requests, promptTokens, estimatedCalls, error } = assumed;
    const usage = countedUsage(told.end);
    const correction = {
      ...usage,
      calls: 0,
      promptTokens: usage.promptTokens - promptTokens,
      estimatedCalls: -estimatedCalls,
      // A call that failed has failed once.
      error: error === null ? usage.error : null,
    };
    this.#options.ledger.add({ hour, keyId, model }, correction);
    const reserved = { requests, tokens: promptTokens };
    const used = amountsOf(usage);
    charge({ keyId, model, chargedAt, reserved, used, usage: { before: { ...reserved, requests: 1 }, after: used } });
    this.#settled.add(told.callId, 'final');
  }

  #takeBack(
    { permitId, keyId, model, chargedAt, requests, tokens }: PermitReturn,
    charge: (what: Charge) => void,
    nowMs: number,
  ): void {
    this.#options.permits.takeBack(permitId);
    if (!this.isOpen(permitId, nowMs)) return;
    charge({ keyId, model, chargedAt, reserved: { requests, tokens }, used: NOTHING, usage: NO_NEWS });
    this.#settled.add(permitId, 'final');
  }

  #charge({ keyId, model, ...amounts }: Charge, nowMs: number): LimitsOfCall {
    const limits = this.#options.limitsOf(keyId, model);
    this.#options.counters.settle(limits, amounts, nowMs);
    return limits;
  }
}

/** What the limits count of a call that has ended, and what usage does. */
function costOf({ end, promptTokens }: Settlement): [Amounts, UsageOfCall] {
  switch (end.kind) {
    case 'counted':
      return [{ requests: 1, tokens: end.promptTokens + end.completionTokens }, countedUsage(end)];
    case 'unreached':
      return [NOTHING, { ...NO_USAGE, calls: 1, error: end.error }];
    case 'untold': {
      const assumed = end.assumed === 'prompt' ? promptTokens : 0;
      const estimatedCalls = end.assumed === 'prompt' ? 1 : 0;
      const used = { requests: estimatedCalls, tokens: assumed };
      return [used, { ...NO_USAGE, calls: 1, promptTokens: assumed, estimatedCalls, error: end.error }];
    }
  }
}

function endOf({ promptTokens, cachedTokens, completionTokens, firstTokenMs, outcome }: JournalRecord): CountedEnd {
  const error = outcome === 'failed' ? 'generation_failed' : outcome === 'cancelled' ? 'client_closed_request' : null;
  return { kind: 'counted', promptTokens, cachedTokens, completionTokens, firstTokenMs, error };
}

function countedUsage(end: CountedEnd): UsageOfCall {
  const { promptTokens, cachedTokens, completionTokens, firstTokenMs, error, estimated = false } = end;
  const estimatedCalls = estimated ? 1 : 0;
  return { calls: 1, promptTokens, cachedTokens, completionTokens, firstTokenMs, error, estimatedCalls };
}

function amountsOf({ calls, promptTokens, completionTokens }: UsageOfCall): Amounts {
  return { requests: calls, tokens: promptTokens + completionTokens };
}

function untold(lease: Lease): Settlement {
  return { ...lease, end: { kind: 'untold', assumed: 'prompt', error: null } };
}
