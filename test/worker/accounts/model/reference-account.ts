// What an account must answer, in the simplest form, and the comparison with what it did answer.
import type { ExpectStatic } from 'vitest';
import type { Limits } from '../../../../protocol/admin/limits.ts';
import type { LimitState } from '../../../../protocol/inference/own-key.ts';
import type { AdmitRequest, AdmitResult, Lease } from '../../../../protocol/objects/account-admission.ts';
import type { Account } from '../../../../worker/src/accounts/account.ts';
import type { Decision } from '../../../../worker/src/accounts/admit-call.ts';
import type { Command } from './commands.ts';
import { ReferenceCalls, type ReferenceCall } from './reference-calls.ts';
import { ReferenceKey } from './reference-key.ts';
import { amountOf, ReferenceLimits, type Losses, type ReferenceLimit } from './reference-limits.ts';
import type { GrantedPermit } from './simulated-gateway.ts';

/** For so long a gateway may repeat a refusal: a permit's life, in the tests. Milliseconds. */
const REPEATED_MS = 40;

type LimitReached = Extract<Decision, { reason: 'limit_reached' }>;
type Admitted = Extract<Decision, { admitted: true }>;
type RenewalAnswer = Awaited<ReturnType<Account['renew']>>;

export class ReferenceAccount {
  readonly keys: ReferenceKey[] = [];
  readonly limits = new ReferenceLimits();
  readonly calls = new ReferenceCalls();
  /** Of the test: what came first has the lower number. */
  step = 0;
  readonly #expect: ExpectStatic;
  readonly #losses: Losses = { permits: [], restarts: 0 };
  readonly #refusedMs = new Map<string, number>();
  #userDisabled = false;

  constructor(expect: ExpectStatic) {
    this.#expect = expect;
  }

  addKey(keyId: string, digest: string): void {
    this.keys.push(new ReferenceKey(keyId, digest));
  }

  keyAt(index: number): ReferenceKey {
    const key = this.keys[index];
    if (key === undefined) throw new Error('there is no such key');
    return key;
  }

  setLimits(key: number | null, limits: Limits | null): void {
    this.limits.set(key, limits, this.step);
  }

  /** Compares the verdict on a call. Gives the call when it was admitted. */
  judge(key: number, request: AdmitRequest, decision: Decision): ReferenceCall | null {
    const refusal = this.#refusal(key, request);
    if (refusal !== null) {
      this.#expect(decision.admitted, `${refusal}, and yet admitted`).toBe(false);
      const isRepeated = decision.admitted || decision.reason === 'limit_reached';
      if (!isRepeated) this.#expect(decision.reason).toBe(refusal);
      return null;
    }
    const caps = this.#limitsOf(key, request).filter(({ name }) => name === 'max_tokens_per_call');
    const cap = Math.min(...caps.map(({ limit }) => limit));
    if (request.maxTokensNamed && request.maxTokens > cap) {
      this.#expect(decision).toEqual({ admitted: false, reason: 'max_tokens_over_limit', limit: cap });
      return null;
    }
    const granted = { ...request, maxTokens: Math.min(request.maxTokens, cap) };
    if (decision.admitted) return this.#checkAdmitted(key, granted, decision);
    if (decision.reason !== 'limit_reached') this.#expect.unreachable(`refused: ${decision.reason}`);
    this.#checkRefused(key, granted, decision);
    return null;
  }

  /** A call that touches no model. */
  judgeUncounted(key: number, request: AdmitRequest, decision: Decision): void {
    const refusal = this.#refusal(key, request);
    this.#expect(decision.admitted ? null : decision.reason).toBe(refusal);
  }

  judgeRenewal(call: ReferenceCall, request: AdmitRequest, answer: RenewalAnswer): void {
    const reason = this.#refusal(call.key, request) ?? (call.settled === 'no' ? null : 'settled');
    this.#expect(answer).toEqual(reason === null ? { renewed: true } : { renewed: false, reason });
    if (answer.renewed) Object.assign(call, { lease: 'durable', renewedMs: Date.now() });
  }

  administer(command: Extract<Command, { key: unknown }>, digest: string, now: number): void {
    if (command.do === 'disable' && command.key === null) this.#userDisabled = command.disabled;
    if (command.key === null) return;
    const key = this.keyAt(command.key);
    if (command.do === 'allow') Object.assign(key, { models: command.models, scopes: command.scopes });
    if (command.do === 'expire') key.expiresAt = command.inSeconds === null ? null : now + command.inSeconds;
    if (command.do === 'disable') key.isDisabled = command.disabled;
    if (command.do === 'rotate') key.rotate(digest, command.grace, now);
    if (command.do === 'finish') key.finishRotation();
    if (command.do === 'revoke') key.isRevoked = true;
  }

  /** The account has admitted a call, and nobody heard of it. */
  lose(request: AdmitRequest, result: AdmitResult, permits: Map<string, GrantedPermit>): void {
    if (!result.admitted) return;
    if (request.model !== null)
      this.#add(this.#indexOf(request.keyId), request, {
        ...result,
        settle: result.permit === null ? 'now' : 'batched',
      });
    const lost = [...permits].filter(([id]) => id === result.permit?.id);
    this.losePermits(new Map(lost));
    for (const [id] of lost) permits.delete(id);
  }

  losePermits(permits: ReadonlyMap<string, GrantedPermit>): void {
    for (const permit of permits.values()) this.#losses.permits.push({ ...permit, key: this.#indexOf(permit.keyId) });
  }

  restart(): void {
    this.#losses.restarts += 1;
    this.calls.restart(Date.now());
  }

  /** What the account says of a key's limits lies between the bounds; without losses they are the same. */
  checkLimits(key: number, states: readonly LimitState[]): void {
    for (const { name, scope, model, limit, remaining } of states) {
      const known = this.#find(key, { name, scope, model });
      this.#expect(known?.limit).toBe(limit);
      if (known === undefined || name === 'max_tokens_per_call') continue;
      const [least, most] = this.#bounds(known);
      const about = `${name} of the ${scope} for ${model ?? 'all models'}`;
      this.#expect(remaining, about).toBeGreaterThanOrEqual(Math.max(0, limit - most));
      this.#expect(remaining, about).toBeLessThanOrEqual(Math.max(0, limit - least));
    }
  }

  #checkAdmitted(key: number, request: AdmitRequest, decision: Admitted): ReferenceCall {
    this.#expect(decision.maxTokens).toBe(request.maxTokens);
    const counts = { requests: 1, tokens: request.promptTokens + request.maxTokens };
    for (const limit of this.#limitsOf(key, request)) {
      if (limit.name === 'max_tokens_per_call') continue;
      const [least] = this.#bounds(limit);
      const about = `passes ${JSON.stringify(limit)}`;
      this.#expect(least + amountOf(limit, counts), about).toBeLessThanOrEqual(limit.limit);
    }
    return this.#add(key, request, decision);
  }

  #checkRefused(key: number, request: AdmitRequest, { refusal }: LimitReached): void {
    const place = [request.secretDigest, request.scope, request.model].join(' ');
    const refusedMs = this.#refusedMs.get(place) ?? -Infinity;
    if (Date.now() - refusedMs < REPEATED_MS) return;
    this.#refusedMs.set(place, Date.now());
    const limit = this.#find(key, refusal);
    const amount = limit && amountOf(limit, { requests: 1, tokens: request.promptTokens + request.maxTokens });
    this.#expect(limit?.limit).toBe(refusal.limit);
    if (limit === undefined || amount === undefined) return;
    const [, most] = this.#bounds(limit);
    this.#expect(most + amount, `refused by ${JSON.stringify(limit)}`).toBeGreaterThan(limit.limit);
    this.#expect(refusal.retryAfterMs === null).toBe(amount > limit.limit);
  }

  #add(
    key: number,
    request: AdmitRequest,
    decision: Pick<Admitted, 'chargedAt' | 'settle' | 'maxTokens'>,
  ): ReferenceCall {
    const isExact = this.#limitsOf(key, request).some(({ name }) => name === 'parallel_requests');
    const lease = decision.settle === 'batched' ? 'none' : isExact ? 'durable' : 'memory';
    const { callId: id, promptTokens, model } = request;
    const { chargedAt, maxTokens } = decision;
    const at = { step: this.step, admittedMs: Date.now(), chargedAt };
    return this.calls.add({ id, key, model: model ?? '', promptTokens, maxTokens, lease, ...at });
  }

  #bounds(limit: ReferenceLimit): [least: number, most: number] {
    const { all } = this.calls;
    return [this.limits.least(limit, all, Date.now()), this.limits.most(limit, all, this.#losses, Date.now())];
  }

  #refusal(key: number, call: Pick<Lease, 'secretDigest'> & Pick<AdmitRequest, 'scope' | 'model'>): string | null {
    return this.keyAt(key).refusal(call, this.#userDisabled, Math.floor(Date.now() / 1_000));
  }

  #limitsOf(key: number, { model }: AdmitRequest): ReferenceLimit[] {
    return this.limits.of(key, model ?? '');
  }

  #find(key: number, { name, scope, model }: Pick<LimitState, 'name' | 'scope' | 'model'>): ReferenceLimit | undefined {
    const owner = scope === 'key' ? key : null;
    return this.limits.all.find((limit) => limit.key === owner && limit.model === model && limit.name === name);
  }

  #indexOf(keyId: string): number {
    return this.keys.findIndex((key) => key.keyId === keyId);
  }
}
