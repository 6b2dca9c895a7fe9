// An account with two keys, two gateways and a node, to which commands happen one after the other; what it answers is compared with
// what the reference says it must.
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import type { ExpectStatic } from 'vitest';
import type { Limits } from '../../../../protocol/admin/limits.ts';
import { randomId } from '../../../../protocol/credentials/credential.ts';
import type { AdmitRequest, AdmittedCall, CallEnd } from '../../../../protocol/objects/account-admission.ts';
import { admitCall, type Decision } from '../../../../worker/src/accounts/admit-call.ts';
import { queueSettlement } from '../../../../worker/src/accounts/settlement-queue.ts';
import { collectUsage } from '../../../../worker/src/relay/sweep-journal.ts';
import { counted, inferenceCall, leaseOf, recordOf, settlementOf, usageOf } from '../limited-call.ts';
import { accountOf, ACTOR, addKey, callOf } from '../open-account.ts';
import { MODELS, type Command } from './commands.ts';
import type { ReferenceCall } from './reference-calls.ts';
import { ReferenceAccount } from './reference-account.ts';
import { SimulatedGateway, SimulatedNode } from './simulated-gateway.ts';
import { VirtualClock } from './virtual-clock.ts';

type Do<Name extends Command['do']> = Extract<Command, { do: Name }>;
type Administration = Do<'limit' | 'allow' | 'expire' | 'disable' | 'rotate' | 'finish' | 'revoke'>;
type RunningCall = {
  call: ReferenceCall;
  request: AdmitRequest;
  admitted: AdmittedCall;
  gateway: SimulatedGateway;
  settle: 'now' | 'batched';
};

const KEYS = 2;
/** An estimate may be corrected for a day, and the settled calls of three are remembered. */
const MAX_DAYS = 2;
const DAY_MS = 86_400_000;

export class Simulation {
  readonly #expect: ExpectStatic;
  readonly #clock = new VirtualClock();
  readonly #node = new SimulatedNode();
  readonly #accountId = randomId(8);
  readonly #gateways: SimulatedGateway[] = [];
  readonly #reference: ReferenceAccount;
  #choices: readonly (Limits | null)[] = [];
  #running: RunningCall[] = [];
  #days = 0;

  constructor(expect: ExpectStatic) {
    this.#expect = expect;
    this.#reference = new ReferenceAccount(expect);
    for (let count = 0; count < 2; count++) this.#gateways.push(this.#startGateway());
  }

  /** `choices`: the limits that there are. The user begins with the first, the keys with the second and the third. */
  async open(choices: readonly (Limits | null)[]): Promise<void> {
    this.#choices = choices;
    const [userLimits = null, ...keyLimits] = choices;
    this.#clock.start();
    await this.#account.openAccount(this.#accountId, this.#now, userLimits);
    this.#reference.setLimits(null, userLimits);
    for (const [index, limits] of keyLimits.slice(0, KEYS).entries()) {
      const { keyId, secretDigest } = await addKey(this.#accountId, { limits });
      this.#reference.addKey(keyId, secretDigest);
      this.#reference.setLimits(index, limits);
    }
  }

  async run(command: Command): Promise<void> {
    this.#reference.step += 1;
    await this.#dispatch(command);
    await this.#clock.calm(this.#isBusy);
  }

  /** Ends and settles what can be, and compares the sums. */
  async close(): Promise<void> {
    this.#node.takesAcknowledgements = true;
    for (const gateway of this.#gateways) gateway.losesAnswerTo = null;
    while (this.#running.length > 0)
      await this.run({ do: 'end', call: 0, how: 'counted', prompt: 3, completion: 4, hasRecord: true });
    for (const ms of [3_000, 16_000, 16_000]) {
      await this.run({ do: 'wait', ms });
      await this.run({ do: 'sweep', gateway: 0 });
      await this.run({ do: 'sweep', gateway: 1 });
      await this.run({ do: 'alarm' });
    }
    for (const [index, { keyId }] of this.#reference.keys.entries()) {
      this.#expect(await usageOf(keyId)).toMatchObject(this.#reference.calls.sums(index));
      this.#reference.checkLimits(index, await this.#account.readLimits(keyId));
    }
  }

  stop(): void {
    for (const gateway of this.#gateways) gateway.kill();
    this.#clock.stop();
  }

  get #account() {
    return accountOf(this.#accountId);
  }

  get #now(): number {
    return Math.floor(Date.now() / 1_000);
  }

  async #dispatch(command: Command): Promise<void> {
    switch (command.do) {
      case 'call':
        for (let count = 0; count < command.times; count++) await this.#call(command);
        return;
      case 'list':
        return this.#list(command);
      case 'end':
        this.#end(command);
        return;
      case 'renew':
        return this.#renew(command);
      case 'wait':
        return this.#wait(command.ms);
      case 'sweep':
        return this.#finish(collectUsage(this.#gateway(command.gateway).settler));
      case 'alarm': {
        const nowMs = Date.now();
        if (await this.#finish(runDurableObjectAlarm(this.#account), Infinity)) this.#reference.calls.expire(nowMs);
        return;
      }
      case 'restart':
        await evictDurableObject(this.#account);
        await this.#account.readLimits(this.#reference.keyAt(0).keyId);
        this.#reference.restart();
        return;
      case 'crash':
        this.#crash(command);
        return;
      case 'lose':
        this.#gateway(command.gateway).losesAnswerTo = command.what;
        return;
      case 'deafen':
        this.#node.takesAcknowledgements = !command.deaf;
        return;
      default:
        await this.#administer(command);
    }
  }

  async #call({ gateway: index, key: keyIndex, secret, model, prompt, max, named }: Do<'call'>): Promise<void> {
    const gateway = this.#gateway(index);
    const key = this.#reference.keyAt(keyIndex);
    const secretDigest = key.secrets[secret % key.secrets.length]?.digest ?? '';
    const request = inferenceCall(
      { keyId: key.keyId, secretDigest },
      { model: MODELS[model] ?? null, promptTokens: prompt, maxTokens: max, maxTokensNamed: named },
    );
    const decision = await this.#admit(gateway, request);
    if (decision === null) return;
    const call = this.#reference.judge(keyIndex, request, decision);
    if (call === null || !decision.admitted) return;
    this.#running.push({ call, request, admitted: decision, gateway, settle: decision.settle });
  }

  /** Null: the answer was lost. */
  async #admit(gateway: SimulatedGateway, request: AdmitRequest): Promise<Decision | null> {
    try {
      return await this.#finish(admitCall(gateway.settler, request));
    } catch (error) {
      const lost = gateway.lostAdmissions.pop();
      if (lost === undefined) throw error;
      this.#reference.lose(request, lost.result, gateway.permits);
      return null;
    }
  }

  async #list({ gateway, key: keyIndex, secret }: Do<'list'>): Promise<void> {
    const key = this.#reference.keyAt(keyIndex);
    const request = callOf(key.keyId, key.secrets[secret % key.secrets.length]?.digest ?? '');
    const decision = await this.#admit(this.#gateway(gateway), request);
    if (decision !== null) this.#reference.judgeUncounted(keyIndex, request, decision);
  }

  #end({ call: index, how, prompt, completion, hasRecord }: Do<'end'>): void {
    const ended = this.#take(index);
    if (ended === null) return;
    const { call, request, admitted, gateway, settle } = ended;
    const isTold = how === 'counted' || how === 'cancelled';
    const tokens = { promptTokens: prompt, completionTokens: completion, durationMs: Date.now() - call.admittedMs };
    if (isTold || (hasRecord && how !== 'unreached')) {
      this.#node.keep(recordOf(request, { ...tokens, outcome: how === 'cancelled' ? 'cancelled' : 'stop' }));
    }
    const ends: Record<typeof how, CallEnd> = {
      counted: counted(prompt, completion),
      cancelled: counted(prompt, completion, 'client_closed_request'),
      unreached: { kind: 'unreached', error: 'queue_full' },
      untold: { kind: 'untold', assumed: 'prompt', error: null },
      unknown: { kind: 'untold', assumed: 'nothing', error: null },
    };
    queueSettlement(gateway.settler, this.#accountId, settlementOf(request, admitted, ends[how]), settle);
  }

  async #renew({ call: index }: Do<'renew'>): Promise<void> {
    const { length } = this.#running;
    const running = this.#running[index % Math.max(1, length)];
    if (running === undefined) return;
    const answer = await this.#account.renew(leaseOf(running.request, running.admitted));
    this.#reference.judgeRenewal(running.call, running.request, answer);
  }

  async #wait(ms: number): Promise<void> {
    if (ms >= DAY_MS && (this.#days += 1) > MAX_DAYS) return;
    const untilMs = Date.now() + ms;
    for (let dueMs = this.#clock.nextDueMs(); dueMs !== null && dueMs <= untilMs; dueMs = this.#clock.nextDueMs()) {
      await this.#clock.moveTo(dueMs);
      await this.#clock.calm(this.#isBusy);
    }
    await this.#clock.moveTo(untilMs);
  }

  /** What the gateway held and what it had to say is gone; the node may have written down its calls. */
  #crash({ gateway: index, records }: Do<'crash'>): void {
    const gateway = this.#gateway(index);
    gateway.kill();
    this.#reference.losePermits(gateway.permits);
    for (const { call, request } of this.#running.filter((running) => running.gateway === gateway)) {
      const counts = { promptTokens: 9, completionTokens: 2, durationMs: Date.now() - call.admittedMs };
      if (records) this.#node.keep(recordOf(request, { ...counts, outcome: 'cancelled' }));
    }
    this.#running = this.#running.filter((running) => running.gateway !== gateway);
    this.#gateways[index % this.#gateways.length] = this.#startGateway();
  }

  async #administer(command: Administration): Promise<void> {
    const digest = `secret ${randomId()}`;
    const nowSeconds = this.#now;
    const { ok } = await this.#finish(this.#ask(command, digest, nowSeconds));
    if (!ok) return;
    if (command.do === 'limit') this.#reference.setLimits(command.key, this.#choices[command.choice] ?? null);
    else this.#reference.administer(command, digest, nowSeconds);
  }

  #ask(command: Administration, digest: string, nowSeconds: number): Promise<{ ok: boolean }> {
    const account = this.#account;
    const keyId = command.key === null ? null : this.#reference.keyAt(command.key).keyId;
    if (command.do === 'limit' && keyId === null)
      return account.updateAccount({ limits: this.#choices[command.choice] ?? null });
    if (command.do === 'disable' && keyId === null) return account.updateAccount({ disabled: command.disabled });
    if (keyId === null) throw new Error('a key is missing');
    switch (command.do) {
      case 'limit':
        return account.updateKey(keyId, { limits: this.#choices[command.choice] ?? null }, ACTOR);
      case 'allow':
        return account.updateKey(keyId, { models: command.models, scopes: command.scopes }, ACTOR);
      case 'expire': {
        const { inSeconds } = command;
        return account.updateKey(keyId, { expiresAt: inSeconds === null ? null : nowSeconds + inSeconds }, ACTOR);
      }
      case 'disable':
        return account.setKeyDisabled(keyId, command.disabled, ACTOR);
      case 'rotate':
        return account.rotateKey(keyId, digest, command.grace, ACTOR);
      case 'finish':
        return account.finishRotation(keyId, ACTOR);
      case 'revoke':
        return account.revokeKey(keyId, ACTOR);
    }
  }

  /** The running call of that number, which runs no longer. */
  #take(index: number): RunningCall | null {
    const running = this.#running[index % Math.max(1, this.#running.length)] ?? null;
    this.#running = this.#running.filter((candidate) => candidate !== running);
    return running;
  }

  #gateway(index: number): SimulatedGateway {
    const gateway = this.#gateways[index % this.#gateways.length];
    if (gateway === undefined) throw new Error('there is no gateway');
    return gateway;
  }

  #startGateway(): SimulatedGateway {
    return new SimulatedGateway(this.#node, (batch) => {
      this.#reference.calls.deliver(batch, Date.now());
    });
  }

  #finish<Value>(work: Promise<Value>, patience?: number): Promise<Value> {
    return this.#clock.finish(work, this.#isBusy, patience);
  }

  readonly #isBusy = (): boolean => this.#gateways.some(({ inFlight }) => inFlight > 0);
}
