// One model's place on the shelf: whether it is there, who uses it, who waits for it, and since when nobody does.
import { NO_ROOM, sumOf, type Room } from './memory-room.ts';
import type { MemoryWish, MoreMemory } from './memory-wish.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ModelOptions } from '../engine/engine-options.ts';

export interface ShelvedModel {
  /** Ends its calls and frees its memory. */
  close(): Promise<void>;
}

type WaitingCall<Model> = { call: number; submit: (model: Model) => void; refuse: (error: ApiError) => void };
type Waiting<Model> = WaitingCall<Model> & { timer: NodeJS.Timeout };

/** As many as wait for a free sequence of a model that is there. */
const MAX_WAITING = 64;
/** Retry-After, in seconds: when nothing is measured yet, and at most. */
const UNMEASURED_SECONDS = 5;
const UNMEASURED_MS = 5000;
const MAX_SECONDS = 120;

export class ShelfPlace<Model extends ShelvedModel> {
  readonly options: ModelOptions;
  model: Model | null = null;
  /** What it takes as it is loaded. */
  needs: Room = NO_ROOM;
  /** What it was given beside that since. */
  #more: Room = NO_ROOM;
  /** What it wants beside that. */
  wishes: readonly MemoryWish[] = [];
  /** From 0 to 1. */
  progress = 0;
  /** It is being unloaded. */
  isLeaving = false;
  usedAt = 0;
  waitingSince = 0;
  readonly #calls = new Set<number>();
  #waiting: Waiting<Model>[] = [];
  #loadingSince: number | null = null;
  #loadMs: number | null = null;
  #failedUntil = 0;
  #noMoreUntil = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #isOverdue = false;

  constructor(options: ModelOptions) {
    this.options = options;
  }

  /** It is loaded at the start, and stays. */
  get isKept(): boolean {
    return this.options.load !== 'on_demand';
  }

  get isIdle(): boolean {
    return this.model !== null && !this.isKept && !this.isLeaving && this.#calls.size === 0;
  }

  /** All that it has in memory. */
  get held(): Room {
    return this.model === null ? NO_ROOM : sumOf(this.needs, this.#more);
  }

  /** Nobody has used it for so long that it is to go. */
  get isOverdue(): boolean {
    return this.#isOverdue && this.isIdle;
  }

  /** Calls wait, and it is neither there nor on its way. */
  get isWanted(): boolean {
    return this.model === null && this.#waiting.length > 0;
  }

  /** Why a call cannot even wait for it; null: it can. */
  refusal(): ApiError | null {
    if (this.#waiting.length >= MAX_WAITING) {
      return new ApiError('queue_full', { retryAfterSeconds: this.#secondsToLoad() });
    }
    const seconds = Math.ceil((this.#failedUntil - performance.now()) / 1000);
    return seconds > 0 ? new ApiError('model_unavailable', { retryAfterSeconds: seconds }) : null;
  }

  begin(call: number): void {
    clearTimeout(this.#idleTimer);
    this.#isOverdue = false;
    this.#calls.add(call);
    this.usedAt = performance.now();
  }

  wait(waiting: WaitingCall<Model>, waitMs: number): void {
    if (this.#waiting.length === 0) this.waitingSince = performance.now();
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter(({ call }) => call !== waiting.call);
      waiting.refuse(new ApiError('model_loading', { retryAfterSeconds: this.#secondsToLoad() }));
    }, waitMs);
    this.#waiting.push({ ...waiting, timer });
  }

  end(call: number): void {
    this.#calls.delete(call);
    this.usedAt = performance.now();
    const waiting = this.#waiting.find((candidate) => candidate.call === call);
    clearTimeout(waiting?.timer);
    this.#waiting = this.#waiting.filter((candidate) => candidate !== waiting);
  }

  /** Calls `done` when nobody has used it for this long. */
  afterIdle(milliseconds: number, done: () => void): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#isOverdue = true;
      done();
    }, milliseconds).unref();
  }

  beginLoading(): void {
    this.progress = 0;
    this.#loadingSince = performance.now();
  }

  put(model: Model): void {
    this.#loadMs = performance.now() - (this.#loadingSince ?? performance.now());
    this.#loadingSince = null;
    this.model = model;
    this.usedAt = performance.now();
  }

  submitWaiting(): void {
    const { model } = this;
    if (model === null) return;
    for (const { submit } of this.#stopWaiting()) submit(model);
  }

  /** It could not be loaded, and for a while is not tried again. */
  fail(milliseconds: number): void {
    this.#loadingSince = null;
    this.#failedUntil = performance.now() + milliseconds;
    for (const { refuse } of this.#stopWaiting()) refuse(unavailableFor(milliseconds));
  }

  /** More memory for its model, as soon as somebody grants it. */
  async want<Made>({ purpose, needs, take }: MoreMemory<Made>): Promise<Made> {
    const waitMs = this.#noMoreUntil - performance.now();
    if (this.model === null || this.isLeaving || waitMs > 0) throw unavailableFor(Math.max(waitMs, UNMEASURED_MS));
    const { promise, resolve, reject } = Promise.withResolvers<Made>();
    const takeIt = async (): Promise<void> => {
      resolve(await take());
    };
    this.wishes = [...this.wishes, { purpose, needs, take: takeIt, refuse: reject }];
    return promise;
  }

  grant(wish: MemoryWish, room: Room): void {
    this.wishes = this.wishes.filter((other) => other !== wish);
    this.#more = sumOf(this.#more, room);
  }

  /** It cannot have more now, and for a while nobody looks again. */
  refuseMore(milliseconds: number): void {
    this.#noMoreUntil = performance.now() + milliseconds;
    const refused = this.wishes;
    this.wishes = [];
    for (const { refuse } of refused) refuse(unavailableFor(milliseconds));
  }

  /** Takes the model off; resolves when its memory is free. */
  async take(): Promise<void> {
    this.isLeaving = true;
    this.#isOverdue = false;
    clearTimeout(this.#idleTimer);
    // It waits for who wants more, before it is closed.
    this.refuseMore(0);
    await this.model?.close();
    this.model = null;
    this.#more = NO_ROOM;
    this.isLeaving = false;
  }

  /** Stops all timers: the process ends. */
  forget(): void {
    clearTimeout(this.#idleTimer);
    this.isLeaving = true;
    this.refuseMore(0);
    this.#stopWaiting();
  }

  #stopWaiting(): Waiting<Model>[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { timer } of waiting) clearTimeout(timer);
    return waiting;
  }

  /** From what is done of it, else from the last time. */
  #secondsToLoad(): number {
    const spent = this.#loadingSince === null ? null : performance.now() - this.#loadingSince;
    const left =
      spent !== null && this.progress > 0 ? (spent / this.progress) * (1 - this.progress) : (this.#loadMs ?? null);
    const seconds = left === null ? UNMEASURED_SECONDS : Math.ceil(left / 1000);
    return Math.min(MAX_SECONDS, Math.max(1, seconds));
  }
}

function unavailableFor(milliseconds: number): ApiError {
  return new ApiError('model_unavailable', { retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1000)) });
}
