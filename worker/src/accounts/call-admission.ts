// The path of a call through its account: admitted and counted, renewed while it lasts, settled once. All of it is synchronous
// between reading and writing, so nothing comes in between; answers leave after the commit.
import type { LimitState, OwnKey } from '../../../protocol/inference/own-key.ts';
import type {
  AccountAdmission,
  AdmitRequest,
  AdmitResult,
  AdmittedCall,
  KeyRefusal,
  KeyRights,
  Lease,
  LimitRefusal,
  Permit,
  PresentedSecret,
  RateSnapshot,
  SettlementBatch,
} from '../../../protocol/objects/account-admission.ts';
import { countsParallel, findParallelShortage, largestMaxTokens } from '../limits/call-limits.ts';
import { LimitCounters, type LimitsOfCall, type ScopeName } from '../limits/limit-counters.ts';
import type { Amounts } from '../limits/limit-rules.ts';
import { sizePermit } from '../limits/size-permit.ts';
import { beginOfHour, toSeconds } from '../usage/calendar.ts';
import type { AdmissionFacts, SecretRow } from './key-store.ts';
import { judgeRights } from './judge-rights.ts';
import { judgeSecret, type SecretVerdict } from './judge-secret.ts';
import { LeaseBook } from './lease-book.ts';
import { limitStorage } from './limit-storage.ts';
import { PermitOffice } from './permit-office.ts';
import { CallSettlement } from './call-settlement.ts';
import type { UsageLedger } from './usage-ledger.ts';
import { limitErrorCode } from '../limits/limit-error-code.ts';

const MS_PER_SECOND = 1_000;
/** For calls that count against no limit: more than a permit's life has room for. */
const UNCOUNTED_REQUESTS = 1_000_000;
const NO_RATES: RateSnapshot = { requests: null, tokens: null };

export type CallAdmissionOptions = {
  storage: DurableObjectStorage;
  readFacts: (keyId: string) => AdmissionFacts | null;
  ledger: UsageLedger;
  permitMs: number;
  nowMs: number;
  /** Notes the use of a secret. */
  noteUse: (secret: SecretRow, nowMs: number) => void;
  /** Called when something has become due that was not before. */
  arm: () => void;
};

export class CallAdmission {
  readonly #options: CallAdmissionOptions;
  readonly #counters: LimitCounters;
  readonly #leases: LeaseBook;
  readonly #permits: PermitOffice;
  readonly #settlement: CallSettlement;

  constructor(options: CallAdmissionOptions) {
    const { sql } = options.storage;
    this.#options = options;
    this.#counters = new LimitCounters(limitStorage(sql, options.ledger));
    this.#leases = new LeaseBook(sql);
    this.#permits = new PermitOffice(options.permitMs, options.nowMs);
    this.#settlement = new CallSettlement({
      ...options,
      counters: this.#counters,
      leases: this.#leases,
      permits: this.#permits,
      limitsOf: (keyId, model) => limitsOf(options.readFacts(keyId), keyId, model),
    });
  }

  /** Takes up what was under way when the object went. */
  load(nowMs: number): void {
    this.#leases.load(nowMs);
    this.#counters.noteRestart(nowMs);
    if (this.#counters.hasCounted()) this.#permits.expectUnknown(nowMs);
  }

  /** Resolves when no permit that was given before this moment can be in use any more. */
  runOut(): Promise<void> {
    return this.#permits.runOut();
  }

  admit(request: AdmitRequest, nowMs: number): AdmitResult {
    const verdict = this.#judge(request, nowMs);
    if (!verdict.ok) return { admitted: false, reason: verdict.reason };
    const limits = limitsOf(verdict.facts, request.keyId, request.model);
    const rights = rightsOf(verdict.facts, limits);
    const refused = judgeRights(rights, request);
    if (refused !== null) return refused;
    this.#options.noteUse(verdict.secret, nowMs);
    const admission = { verdict, limits, rights, request, nowMs };
    const { model, nodeId } = request;
    return model === null || nodeId === null
      ? this.#admitUncounted(admission)
      : this.#admitCounted(admission, model, nodeId);
  }

  renew(lease: Lease, nowMs: number): Awaited<ReturnType<AccountAdmission['renew']>> {
    const verdict = this.#judge(lease, nowMs);
    if (!verdict.ok) return { renewed: false, reason: verdict.reason };
    const { scopes, models } = verdict.facts.record;
    const call = { ...lease, maxTokensNamed: false };
    const refused = judgeRights({ scopes, models, maxTokens: null }, call);
    if (refused?.reason === 'scope_not_allowed' || refused?.reason === 'model_not_allowed') {
      return { renewed: false, reason: refused.reason };
    }
    if (!this.#settlement.isOpen(lease.callId, nowMs)) return { renewed: false, reason: 'settled' };
    const held = this.#leases.get(lease.callId);
    // Moved meanwhile: the renewal is from before.
    if (held === null || held.attempt <= lease.attempt) this.#leases.put(lease, nowMs, true);
    this.#options.arm();
    return { renewed: true };
  }

  move(lease: Lease, nowMs: number): boolean {
    const held = this.#leases.get(lease.callId);
    if (!this.#settlement.isOpen(lease.callId, nowMs) || (held !== null && held.attempt >= lease.attempt)) return false;
    this.#leases.put(lease, nowMs, true);
    this.#options.arm();
    return true;
  }

  settle(batch: SettlementBatch, nowMs: number): void {
    this.#settlement.settle(batch, nowMs);
  }

  inspect(
    presented: PresentedSecret,
    nowMs: number,
  ): { ok: true; key: OwnKey; rates: RateSnapshot } | { ok: false; reason: KeyRefusal } {
    const verdict = this.#judge(presented, nowMs);
    if (!verdict.ok) return verdict;
    const { record } = verdict.facts;
    const limits = limitsOf(verdict.facts, record.keyId, null);
    const due = record.rotateAfter === null ? null : record.rotatedAt + record.rotateAfter;
    const key: OwnKey = {
      object: 'key',
      id: record.keyId,
      name: record.name,
      status: 'active',
      models: record.models,
      scopes: record.scopes,
      created_at: record.createdAt,
      expires_at: record.expiresAt,
      rotate_by: verdict.secret.ends_at,
      rotation_due: due !== null && due * MS_PER_SECOND <= nowMs,
      limits: this.#describe(limits, nowMs),
    };
    return { ok: true, key, rates: this.#counters.rates(limits, nowMs) };
  }

  readLimits(keyId: string, nowMs: number): LimitState[] {
    const facts = this.#options.readFacts(keyId);
    return facts === null ? [] : this.#describe(limitsOf(facts, keyId, null), nowMs);
  }

  /** When leases have to be looked after or refusals written, in Unix milliseconds; null: not at all. */
  nextDueMs(): number | null {
    const due = [this.#leases.nextDueMs(), this.#options.ledger.refusalsDueMs].filter((time) => time !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Writes what waits in memory, and settles what nobody renewed: by the node's records, else by an estimate. */
  async runDue(readRecords: (calls: Lease[]) => Promise<SettlementBatch['records']>, nowMs: number): Promise<void> {
    await this.#settlement.runDue(readRecords, nowMs);
  }

  #judge(presented: PresentedSecret, nowMs: number): SecretVerdict {
    return judgeSecret(this.#options.readFacts(presented.keyId), presented, toSeconds(nowMs));
  }

  /** A call that touches no model, or that no node can take: only the key is judged. */
  #admitUncounted(admission: Admission): AdmittedCall {
    const allowance = { requests: UNCOUNTED_REQUESTS, tokens: null };
    const permit = this.#permits.grant(allowance, endOf(admission.verdict), null, admission.nowMs);
    const { maxTokens } = admission.request;
    return this.#answer(admission, { maxTokens, chargedAt: toSeconds(admission.nowMs), permit }, NO_RATES);
  }

  #admitCounted(admission: Admission, model: string, nodeId: string): AdmitResult {
    const { request, limits, rights, nowMs } = admission;
    const maxTokens = Math.min(request.maxTokens, rights.maxTokens ?? Infinity);
    const amounts = { requests: 1, tokens: request.promptTokens + maxTokens };
    const known = this.#leases.get(request.callId);
    if (known !== null) {
      // Asked again, since the first answer got lost.
      const { maxTokens: granted, chargedAt } = known;
      return this.#answer(
        admission,
        { maxTokens: granted, chargedAt, permit: null },
        this.#counters.rates(limits, nowMs),
      );
    }
    const shortage =
      findParallelShortage(limits, (scope) => this.#leases.count(scope)) ??
      this.#counters.findShortage(limits, amounts, nowMs);
    if (shortage !== null) return this.#refuse(admission, shortage, model);
    const exact = countsParallel(limits);
    const inPermits = (of: ScopeName): Amounts => this.#permits.outstanding(of, nowMs);
    const permit = exact ? null : this.#grantFor(admission, amounts, model, inPermits);
    const granted = { requests: permit?.requests ?? 0, tokens: permit?.tokens ?? 0 };
    const endsMs = nowMs + (permit?.lifeMs ?? 0);
    const chargedAt = this.#counters.charge(limits, sum(amounts, granted), inPermits, nowMs, endsMs);
    const { callId, keyId, secretDigest, address, scope, attempt, promptTokens } = request;
    if (permit === null && scope !== 'self') {
      const lease = {
        callId,
        keyId,
        secretDigest,
        address,
        scope,
        model,
        nodeId,
        attempt,
        chargedAt,
        promptTokens,
        maxTokens,
      };
      this.#leases.put(lease, nowMs, exact);
      if (exact) this.#options.arm();
    }
    return this.#answer(admission, { maxTokens, chargedAt, permit }, this.#counters.rates(limits, nowMs));
  }

  #grantFor(
    { verdict, limits, request, nowMs }: Admission,
    call: Amounts,
    model: string,
    inPermits: (scope: ScopeName) => Amounts,
  ): Permit | null {
    const { requests, tokens } = this.#counters.room(limits, nowMs);
    const room = {
      requests: requests === null ? null : requests - call.requests,
      tokens: tokens === null ? null : tokens - call.tokens,
    };
    const allowance = sizePermit(call, room, this.#counters.spareForPermit(limits, inPermits));
    if (allowance === null) return null;
    const counted = requests !== null || tokens !== null;
    return this.#permits.grant(allowance, endOf(verdict), counted ? { keyId: request.keyId, model } : null, nowMs);
  }

  #refuse({ limits, request, nowMs }: Admission, refusal: LimitRefusal, model: string): AdmitResult {
    const rates = this.#counters.rates(limits, nowMs);
    const waitMs = this.#permits.waitMs(refusal, request.keyId, nowMs);
    if (waitMs > 0) return { admitted: false, reason: 'permits_outstanding', waitMs, refusal, rates };
    const place = { hour: beginOfHour(toSeconds(nowMs)), keyId: request.keyId, model };
    if (this.#options.ledger.noteRefusal(place, limitErrorCode(refusal), nowMs)) this.#options.arm();
    const holdsMs = this.#permits.holdMs(refusal, nowMs);
    return { admitted: false, reason: 'limit_reached', refusal, rates, holdsMs };
  }

  #answer({ verdict, rights }: Admission, granted: Granted, rates: RateSnapshot): AdmittedCall {
    return { admitted: true, rights, rotateBy: verdict.secret.ends_at, ...granted, rates };
  }

  #describe(limits: LimitsOfCall, nowMs: number): LimitState[] {
    return this.#counters.describe(limits, (scope) => this.#leases.count(scope), nowMs);
  }
}

type Granted = Pick<AdmittedCall, 'maxTokens' | 'chargedAt' | 'permit'>;

type Admission = {
  verdict: Extract<SecretVerdict, { ok: true }>;
  limits: LimitsOfCall;
  rights: KeyRights;
  request: AdmitRequest;
  nowMs: number;
};

function limitsOf(facts: AdmissionFacts | null, keyId: string, model: string | null): LimitsOfCall {
  return { keyId, model, keyLimits: facts?.record.limits ?? null, userLimits: facts?.userLimits ?? null };
}

function rightsOf({ record }: AdmissionFacts, limits: LimitsOfCall): KeyRights {
  return {
    models: record.models,
    scopes: record.scopes,
    addresses: record.addresses,
    maxTokens: largestMaxTokens(limits),
    priority: record.priority,
  };
}

/** When key or secret end, in Unix seconds; null: never. */
function endOf({ facts, secret }: Extract<SecretVerdict, { ok: true }>): number | null {
  const ends = [facts.record.expiresAt, secret.ends_at].filter((time) => time !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

function sum(one: Amounts, other: Amounts): Amounts {
  return { requests: one.requests + other.requests, tokens: one.tokens + other.tokens };
}
