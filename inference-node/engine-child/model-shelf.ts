// Which models are in memory. A call of one that is not waits while it is loaded; where there is no room, models that nobody uses
// make it, the one that was used the longest ago first, and never one that is busy, nor one that is kept from the start on.
// One model is loaded at a time.
import { describeLoadFailure } from './describe-load-failure.ts';
import { describeShortage, hasRoom, leftOf, sumOf, type Room } from './memory-room.ts';
import { ShelfPlace, type ShelvedModel } from './shelf-place.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ModelOptions } from '../engine/engine-options.ts';
import { ModelLoadError } from '../engine/model-load-error.ts';

/** What the shelf needs done; errors of `load` are told by their text. */
export interface ModelKeeper<Model extends ShelvedModel> {
  /** Memory that a model will take. */
  estimate(options: ModelOptions): Promise<Room>;
  /** Memory that there is now. */
  available(): Promise<Room>;
  load(options: ModelOptions, onProgress: (progress: number) => void): Promise<Model>;
  onLoaded(model: Model): void;
  /** It is on its way out, or did not get in. */
  onUnloaded(options: ModelOptions): void;
  /** A sentence for the operator: why a model cannot be served now. */
  onProblem(sentence: string): void;
}

export type ModelShelfOptions = {
  models: readonly ModelOptions[];
  /** Of the machine's memory, what all models together may take; null: what there is. `none`: nothing is checked. */
  memoryLimit: number | 'none' | null;
  /** How long a call waits for its model; milliseconds. */
  loadWaitMs: number;
  /** How long a model stays that nobody uses; null: until its memory is wanted. */
  idleUnloadMs: number | null;
};

/** After a model could not be loaded, calls of it are refused for this long, so that not every one of them tries. */
const AFTER_FAILURE_MS = 30_000;

export class ModelShelf<Model extends ShelvedModel> {
  readonly #keeper: ModelKeeper<Model>;
  readonly #options: ModelShelfOptions;
  readonly #places = new Map<string, ShelfPlace<Model>>();
  readonly #placeOfCall = new Map<number, ShelfPlace<Model>>();
  /** The most that was ever there: what is mapped from files counts as available though models use it. */
  #capacity: Room = { ram: 0, gpu: 0 };
  #working: Promise<void> | null = null;
  #isAsked = false;
  #closed = false;

  constructor(options: ModelShelfOptions, keeper: ModelKeeper<Model>) {
    this.#options = options;
    this.#keeper = keeper;
    for (const model of options.models) this.#places.set(model.id, new ShelfPlace<Model>(model));
  }

  /** The models that are in memory, in the order in which they were given. */
  get loaded(): Model[] {
    return [...this.#places.values()].flatMap(({ model }) => (model === null ? [] : [model]));
  }

  /** Loads what is to be there from the start on. Throws a `ModelLoadError`. */
  async loadFirst(): Promise<void> {
    for (const place of this.#places.values()) {
      if (!place.isKept) continue;
      const needs = await this.#needsOf(place);
      const room = await this.#room();
      if (!hasRoom(room, needs))
        throw new ModelLoadError(place.options.id, describeShortage(place.options, needs, room));
      await this.#load(place);
    }
  }

  /**
   * Begins a call: `submit` is given its model, at once where that is in memory, else when it is; `refuse` an error. A call that
   * was begun is ended by `end`, whichever way it went.
   */
  begin(call: number, modelId: string, submit: (model: Model) => void, refuse: (error: ApiError) => void): void {
    const place = this.#places.get(modelId);
    if (place === undefined) {
      refuse(new ApiError('model_not_found', { param: 'model' }));
      return;
    }
    const refusal = place.model === null ? place.refusal() : null;
    if (refusal !== null) {
      refuse(refusal);
      return;
    }
    this.#placeOfCall.set(call, place);
    place.begin(call);
    if (place.model !== null && !place.isLeaving) submit(place.model);
    else {
      place.wait({ call, submit, refuse }, this.#options.loadWaitMs);
      this.#work();
    }
  }

  /** The model of a running call; null while it waits for it. */
  modelOf(call: number): Model | null {
    return this.#placeOfCall.get(call)?.model ?? null;
  }

  end(call: number): void {
    const place = this.#placeOfCall.get(call);
    if (place === undefined) return;
    this.#placeOfCall.delete(call);
    place.end(call);
    this.#noteIdle(place);
    this.#work();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const place of this.#places.values()) place.forget();
    await this.#working;
    await Promise.all(this.loaded.map((model) => model.close()));
  }

  #noteIdle(place: ShelfPlace<Model>): void {
    const { idleUnloadMs } = this.#options;
    if (!place.isIdle || idleUnloadMs === null) return;
    place.afterIdle(idleUnloadMs, () => {
      this.#work();
    });
  }

  /** Does what is to be done, one thing at a time, until nothing can be done. */
  #work(): void {
    this.#isAsked = true;
    this.#working ??= this.#workThrough();
  }

  async #workThrough(): Promise<void> {
    // Calls of the same turn of the event loop come to wait together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      // Whoever asks while something is done may change what is to be done next.
      for (let didSomething = true; didSomething || this.#isAsked;) {
        this.#isAsked = false;
        didSomething = await this.#oneThing();
      }
    } finally {
      this.#working = null;
    }
  }

  async #oneThing(): Promise<boolean> {
    if (this.#closed) return false;
    const overdue = [...this.#places.values()].find((place) => place.isOverdue);
    if (overdue !== undefined) return this.#unload(overdue);
    const wanted = [...this.#places.values()].filter((place) => place.isWanted);
    for (const place of wanted.toSorted((a, b) => a.waitingSince - b.waitingSince)) {
      if (await this.#bring(place)) return true;
    }
    return false;
  }

  /** A step towards having a model; false when it has to wait for calls of others to end. */
  async #bring(place: ShelfPlace<Model>): Promise<boolean> {
    try {
      const needs = await this.#needsOf(place);
      const room = await this.#room();
      if (hasRoom(room, needs)) {
        await this.#load(place);
        return true;
      }
      const others = [...this.#places.values()].filter((other) => other.model !== null && !other.isKept);
      const idle = others.filter((other) => other.isIdle).toSorted((a, b) => a.usedAt - b.usedAt);
      const [victim] = idle;
      if (victim !== undefined && hasRoom(sumOf(room, ...idle.map(({ needs: freed }) => freed)), needs)) {
        return await this.#unload(victim);
      }
      if (hasRoom(sumOf(room, ...others.map(({ needs: freed }) => freed)), needs)) return false;
      this.#keeper.onProblem(describeShortage(place.options, needs, room));
    } catch (error) {
      this.#keeper.onUnloaded(place.options);
      this.#keeper.onProblem(error instanceof Error ? error.message : String(error));
    }
    place.fail(AFTER_FAILURE_MS);
    return true;
  }

  async #load(place: ShelfPlace<Model>): Promise<void> {
    place.beginLoading();
    let model: Model;
    try {
      model = await this.#keeper.load(place.options, (progress) => {
        place.progress = progress;
      });
    } catch (error) {
      throw new ModelLoadError(place.options.id, describeLoadFailure(place.options.path, error));
    }
    place.put(model);
    this.#keeper.onLoaded(model);
    place.submitWaiting();
    this.#noteIdle(place);
  }

  async #unload(place: ShelfPlace<Model>): Promise<boolean> {
    this.#keeper.onUnloaded(place.options);
    await place.take();
    return true;
  }

  async #needsOf(place: ShelfPlace<Model>): Promise<Room> {
    if (this.#options.memoryLimit === 'none') return place.needs;
    place.needs = await this.#keeper.estimate(place.options);
    return place.needs;
  }

  async #room(): Promise<Room> {
    const now = await this.#keeper.available();
    const held = [...this.#places.values()].filter(({ model }) => model !== null).map(({ needs }) => needs);
    this.#capacity = { ram: Math.max(this.#capacity.ram, now.ram), gpu: Math.max(this.#capacity.gpu, now.gpu) };
    const { memoryLimit } = this.#options;
    const limit = typeof memoryLimit === 'number' ? Math.min(memoryLimit, this.#capacity.ram) : this.#capacity.ram;
    const left = leftOf({ ram: limit, gpu: this.#capacity.gpu }, ...held);
    return { ram: Math.min(now.ram, left.ram), gpu: now.gpu };
  }
}
