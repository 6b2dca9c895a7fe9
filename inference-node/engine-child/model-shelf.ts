// Which models are in memory. A call of one that is not waits while it is loaded; where there is no room, models that nobody uses
// make it, the one that was used the longest ago first, and never one that is busy, nor one that is kept from the start on.
// One thing is done at a time, so that nothing else takes the room that was found: a model is loaded, or is given more memory.
import { describeLoadFailure } from './describe-load-failure.ts';
import { describeShortage, hasRoom, NO_ROOM, type Room } from './memory-room.ts';
import type { MemoryWish, TakeMore } from './memory-wish.ts';
import { ShelfPlace, type ShelvedModel } from './shelf-place.ts';
import { SharedMemory } from './shared-memory.ts';
import { wayToRoom } from './way-to-room.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ModelOptions } from '../engine/engine-options.ts';
import { ModelLoadError } from '../engine/model-load-error.ts';

/** What the shelf needs done; errors of `load` are told by their text. */
export interface ModelKeeper<Model extends ShelvedModel> {
  /** Memory that a model will take. */
  estimate(options: ModelOptions): Promise<Room>;
  /** Memory that there is now. */
  available(): Promise<Room>;
  load(options: ModelOptions, onProgress: (progress: number) => void, takeMore: TakeMore): Promise<Model>;
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
/** The same for more memory that models have which are busy now. */
const BUSY_MS = 5000;

export class ModelShelf<Model extends ShelvedModel> {
  readonly #keeper: ModelKeeper<Model>;
  readonly #options: ModelShelfOptions;
  readonly #places = new Map<string, ShelfPlace<Model>>();
  readonly #placeOfCall = new Map<number, ShelfPlace<Model>>();
  readonly #memory: SharedMemory;
  #working: Promise<void> | null = null;
  #isAsked = false;
  #closed = false;

  constructor(options: ModelShelfOptions, keeper: ModelKeeper<Model>) {
    this.#options = options;
    this.#keeper = keeper;
    this.#memory = new SharedMemory(options.memoryLimit);
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
    for (const place of this.#places.values()) {
      const [wish] = place.wishes;
      if (wish !== undefined) return this.#giveMore(place, wish);
    }
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
      const way = wayToRoom(room, needs, this.#others(place));
      if (way === 'wait') return false;
      if (way === 'there') {
        await this.#load(place);
        return true;
      }
      if (way !== 'never') return await this.#unload(way.unload);
      this.#keeper.onProblem(describeShortage(place.options, needs, room));
    } catch (error) {
      this.#keeper.onUnloaded(place.options);
      this.#keeper.onProblem(error instanceof Error ? error.message : String(error));
    }
    place.fail(AFTER_FAILURE_MS);
    return true;
  }

  /** A step towards giving a model more memory. It does not wait for others' calls: its own would wait behind the one that asks. */
  async #giveMore(place: ShelfPlace<Model>, wish: MemoryWish): Promise<boolean> {
    try {
      const needs = this.#options.memoryLimit === 'none' ? NO_ROOM : await wish.needs();
      const room = await this.#room();
      const way = wayToRoom(room, needs, this.#others(place));
      if (typeof way === 'object') return await this.#unload(way.unload);
      if (way === 'there') {
        await wish.take();
        place.grant(wish, needs);
      } else {
        const isNever = way === 'never';
        if (isNever) this.#keeper.onProblem(describeShortage(place.options, needs, room, wish.purpose));
        place.refuseMore(isNever ? AFTER_FAILURE_MS : BUSY_MS);
      }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#keeper.onProblem(`${place.options.path} has no memory for ${wish.purpose} (${detail}).`);
      place.refuseMore(AFTER_FAILURE_MS);
    }
    return true;
  }

  #others(place: ShelfPlace<Model>): ShelfPlace<Model>[] {
    return [...this.#places.values()].filter((other) => other !== place && other.model !== null && !other.isKept);
  }

  async #load(place: ShelfPlace<Model>): Promise<void> {
    place.beginLoading();
    let model: Model;
    try {
      const noteProgress = (progress: number): void => {
        place.progress = progress;
      };
      model = await this.#keeper.load(place.options, noteProgress, (more) => {
        const made = place.want(more);
        this.#work();
        return made;
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
    return this.#memory.left(
      now,
      [...this.#places.values()].map((place) => place.held),
    );
  }
}
