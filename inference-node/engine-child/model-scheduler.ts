// Continuous batching of one model. Each pass is one decode: every running stream's last token, and as much of the waiting
// prompts as the budget allows, first come first served. The text of a pass is worked out and sent while the next pass
// decodes. All changes to sequences happen between decodes.
import { AdmissionQueue } from './admission-queue.ts';
import { Call, type CallRequest, type TokenForCall } from './call.ts';
import type { DecodeTurn } from './decode-turn.ts';
import type { IdlePrefixes } from './idle-prefixes.ts';
import type { Outbox } from './outbox.ts';
import { PrefillBudget } from './prefill-budget.ts';
import { findPromptLeader, hasDone } from './prompt-leader.ts';
import { SchedulerStats } from './scheduler-stats.ts';
import { SequencePool } from './sequence-pool.ts';
import { describeCallError } from './call-error.ts';
import { startGrammar } from './start-grammar.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ModelStats, TokenLogProbability } from '../engine/engine.ts';
import { SAMPLING_FAILED, type BatchContext, type BatchEntry, type Sampled } from '../llama-cpp/batch-context.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';
import type { SampledToken } from '../llama-cpp/token-sampler.ts';

export type ModelSchedulerOptions = {
  modelId: string;
  context: BatchContext;
  sequences: number;
  maxWaiting: number;
  /** How many times as long a step may take that also computes prompts; absent: the default. */
  prefillSlowdown: number | undefined;
  /** Beginnings that no sequence holds any more, given what a prompt token costs; null: they are forgotten. */
  idlePrefixes: ((promptTokenMs: () => number | null) => IdlePrefixes) | null;
  turn: DecodeTurn;
  outbox: Outbox;
  isEnd: (token: Token) => boolean;
  /** The text of one token, inside a text. */
  textOf: (token: Token) => string;
  /** The tokens of a text that goes on. */
  tokenize: (text: string) => readonly Token[];
  /** Told about a failed decode; the error is llama.cpp's and holds no prompt. */
  onFailure: (error: unknown) => void;
};

const NONE: readonly TokenLogProbability[] = [];

/** One call's part in a pass. */
type Part = { call: Call; entry: BatchEntry };

export class ModelScheduler {
  readonly #options: ModelSchedulerOptions;
  readonly #queue: AdmissionQueue<Call>;
  readonly #pool: SequencePool;
  readonly #budget: PrefillBudget;
  readonly #stats: SchedulerStats;
  /** In order of arrival at their sequence. */
  #running: Call[] = [];
  readonly #calls = new Map<number, Call>();
  #loop: Promise<void> | null = null;

  constructor(options: ModelSchedulerOptions) {
    this.#options = options;
    this.#queue = new AdmissionQueue(options.maxWaiting);
    this.#budget = new PrefillBudget(options.context.batchSize, options.prefillSlowdown);
    const idle = options.idlePrefixes?.(() => this.#budget.promptTokenMs) ?? null;
    this.#pool = new SequencePool(options.context, options.sequences, idle);
    this.#stats = new SchedulerStats(options.modelId, options.sequences);
  }

  /** Throws `queue_full` when no call of this account may wait here now. Cheap, so it is asked before a prompt is tokenized. */
  ensureRoom(account: string): void {
    if (this.#pool.hasFree || !this.#queue.isFullFor(account)) return;
    throw new ApiError('queue_full', { retryAfterSeconds: this.#stats.secondsToDrain(this.#queue.length) });
  }

  submit(request: CallRequest): void {
    const call = new Call(request);
    this.#calls.set(request.id, call);
    this.#queue.push(call);
    this.#loop ??= this.#run();
  }

  /** Forgets a call. A running one gets no part in the next pass. */
  cancel(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#queue.remove(call);
    this.#end(call);
    this.#options.outbox.touch();
  }

  stats(): ModelStats {
    const running = this.#running.filter((call) => !call.ended).length;
    const { restoredTokens } = this.#pool;
    return this.#stats.snapshot({
      running,
      waiting: this.#queue.length,
      restoredTokens,
      tokenMs: this.#budget.plainStepMs,
    });
  }

  /** Ends every call silently; resolves when no decode runs any more, and what is worth it is stored. */
  async close(): Promise<void> {
    for (const id of [...this.#calls.keys()]) this.cancel(id);
    await this.#loop;
    await this.#pool.keepAll();
  }

  async #run(): Promise<void> {
    // Calls that arrive in the same turn of the event loop belong into the same first pass.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      this.#releaseEnded();
      await this.#startFollowers();
      await this.#startWaiting();
      const parts = this.#planPass();
      if (parts.length === 0) break;
      await this.#pass(parts);
    }
    this.#loop = null;
  }

  #releaseEnded(): void {
    const ended = this.#running.filter((call) => call.ended);
    if (ended.length === 0) return;
    this.#running = this.#running.filter((call) => !call.ended);
    for (const call of ended) this.#leave(call);
    this.#options.outbox.touch();
  }

  #leave(call: Call): void {
    if (call.place === null) return;
    this.#pool.release(call.place.sequence);
    call.place.sampler.dispose();
    call.place = null;
    if (call.startedAt !== null) this.#stats.countCall(performance.now() - call.startedAt);
  }

  /** Those whose leader has done its part, or is gone: its sequence still holds what it has computed. */
  async #startFollowers(): Promise<void> {
    for (const call of this.#running) {
      if (call.leader === null || !hasDone(call.leader) || call.place === null) continue;
      await this.#pool.bringOver(call.place.sequence, call.request);
      this.#begin(call);
    }
  }

  async #startWaiting(): Promise<void> {
    while (this.#pool.hasFree) {
      const call = this.#queue.shift();
      if (call === null) return;
      const sequence = await this.#pool.take(call.request);
      if (sequence === null) return;
      if (call.ended) {
        this.#pool.release(sequence);
        continue;
      }
      call.place = { sequence, sampler: this.#options.context.createSampler(call.request.sampling, call.request) };
      this.#running.push(call);
      this.#begin(call);
    }
  }

  /** Begins with what its sequence holds; or not yet, when another call is computing more of the same. */
  #begin(call: Call): void {
    const held = call.place?.sequence.tokens.length ?? 0;
    call.leader = this.#pool.canShare ? findPromptLeader(call, this.#running, held) : null;
    if (call.leader !== null) return;
    call.startedAt = performance.now();
    call.cachedTokens = held;
    call.promptDone = held;
    this.#stats.countCached(held);
    this.#options.outbox.add({ type: 'started', id: call.request.id, progress: call.progress });
  }

  #planPass(): Part[] {
    const decoding = this.#running.filter((call) => call.nextToken !== null);
    const parts = decoding.flatMap((call) => partOf(call, call.nextToken === null ? [] : [call.nextToken], true));
    const room = this.#options.context.batchSize - decoding.length;
    const calls = { decoding: decoding.length, reading: this.#running.length - decoding.length };
    let budget = Math.min(room, this.#budget.tokens(calls));
    for (const call of this.#running) {
      if (call.nextToken !== null || call.leader !== null || budget <= 0) continue;
      const chunk = call.request.prompt.slice(call.promptDone, call.promptDone + budget);
      budget -= chunk.length;
      parts.push(...partOf(call, chunk, call.promptDone + chunk.length === call.request.prompt.length));
    }
    return parts;
  }

  async #pass(parts: readonly Part[]): Promise<void> {
    const prefill = parts.reduce(
      (sum, { call, entry }) => sum + (call.nextToken === null ? entry.tokens.length : 0),
      0,
    );
    let done: { sampled: Sampled[]; milliseconds: number };
    try {
      done = await this.#options.turn.run(() => this.#step(parts));
    } catch (error) {
      this.#fail(parts, error);
      return;
    }
    this.#stats.countStep(parts.length, prefill);
    this.#budget.measure({
      prefillTokens: prefill,
      decodingCalls: parts.filter(({ call }) => call.nextToken !== null).length,
      milliseconds: done.milliseconds,
    });
    const delivery = parts.flatMap((part, index) => this.#advance(part, done.sampled[index] ?? null));
    // Every pass is told, or the parent would take the engine for hung. Text is made while the next pass decodes.
    if (delivery.length === 0) this.#options.outbox.touch();
    else
      setImmediate(() => {
        this.#deliver(delivery);
      });
  }

  async #step(parts: readonly Part[]): Promise<{ sampled: Sampled[]; milliseconds: number }> {
    const { context } = this.#options;
    const entries = parts.map((part) => part.entry);
    const began = performance.now();
    const sampled = await context.step(entries);
    const milliseconds = performance.now() - began;
    for (const [index, { call }] of parts.entries()) {
      const one = sampled[index] ?? null;
      if (one === null || one === SAMPLING_FAILED) continue;
      const fit = startGrammar(call, one.token, this.#options.tokenize);
      if (fit !== 'fits') sampled[index] = fit === 'again' ? await context.sample(entries, index) : SAMPLING_FAILED;
    }
    return { sampled, milliseconds };
  }

  /** Notes what a pass has computed for one call. */
  #advance({ call, entry }: Part, sampled: Sampled): TokenForCall[] {
    call.place?.sequence.tokens.push(...entry.tokens);
    if (call.nextToken === null) call.promptDone += entry.tokens.length;
    if (sampled === null || call.ended) return [];
    if (sampled === SAMPLING_FAILED) {
      this.#failCall(call);
      return [];
    }
    call.sampled++;
    call.lastTokenAt = performance.now();
    call.firstTokenAt ??= call.lastTokenAt;
    call.nextToken = sampled.token;
    this.#stats.countToken();
    const end = this.#options.isEnd(sampled.token);
    if (!end && call.sampled < call.request.maxTokens) return [{ call, sampled, last: null }];
    call.ended = true;
    return [{ call, sampled, last: { reason: end ? 'stop' : 'length', end } }];
  }

  #deliver(delivery: readonly TokenForCall[]): void {
    for (const token of delivery) this.#deliverToken(token);
    this.#options.outbox.flush();
  }

  #deliverToken({ call, sampled, last }: TokenForCall): void {
    // A stop sequence or a cancel came first: this token is nobody's.
    if (!this.#calls.has(call.request.id)) return;
    const { id, text } = call.request;
    call.counted++;
    const pushed = last?.end === true ? { text: '', stopped: false } : text.push(sampled.token);
    const rest = last !== null && !pushed.stopped ? text.flush() : { text: '', stopped: false };
    const stopped = pushed.stopped || rest.stopped;
    this.#options.outbox.add({
      type: 'text',
      id,
      text: pushed.text + rest.text,
      logProbabilities: last?.end === true ? NONE : this.#likelihood(sampled),
      completionTokens: call.counted,
    });
    if (!stopped && last === null) return;
    const finishReason = stopped ? 'stop' : (last?.reason ?? 'stop');
    this.#options.outbox.add({ type: 'finished', id, result: { ...call.progress, finishReason } });
    this.#end(call);
  }

  #likelihood({ token, likelihood }: SampledToken): readonly TokenLogProbability[] {
    if (likelihood === null) return NONE;
    const { textOf } = this.#options;
    const top = likelihood.top.map((likely) => ({ text: textOf(likely.token), logprob: likely.logprob }));
    return [{ text: textOf(token), logprob: likelihood.logprob, top }];
  }

  #end(call: Call): void {
    call.ended = true;
    this.#calls.delete(call.request.id);
  }

  #fail(parts: readonly Part[], error: unknown): void {
    this.#options.onFailure(error);
    for (const { call } of parts) {
      if (call.place !== null) this.#pool.forget(call.place.sequence);
      this.#failCall(call);
    }
  }

  #failCall(call: Call): void {
    if (!this.#calls.has(call.request.id)) return;
    const failure = describeCallError(new ApiError('generation_failed'));
    this.#options.outbox.add({ type: 'failed', id: call.request.id, error: failure });
    this.#end(call);
    this.#options.outbox.touch();
  }
}

function partOf(call: Call, tokens: readonly Token[], samples: boolean): Part[] {
  if (call.place === null) return [];
  const { sequence, sampler } = call.place;
  const entry = {
    sequence: sequence.id,
    firstPosition: sequence.tokens.length,
    tokens,
    sampler: samples ? sampler : null,
  };
  return [{ call, entry }];
}
