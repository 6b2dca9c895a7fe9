// A shelf on a machine with 100 of memory, whose models take what their context size says.
import { onTestFinished } from 'vitest';
import {
  ModelShelf,
  type ModelKeeper,
  type ModelShelfOptions,
} from '../../../inference-node/engine-child/model-shelf.ts';
import type { Room } from '../../../inference-node/engine-child/memory-room.ts';
import type { TakeMore } from '../../../inference-node/engine-child/memory-wish.ts';
import type { ModelOptions } from '../../../inference-node/engine/engine-options.ts';
import type { ApiError } from '../../../protocol/errors/api-error.ts';

const MACHINE = 100;
/** As much more memory can be estimated, but not taken. */
export const BROKEN = 1;

export class TestModel {
  readonly id: string;
  readonly #takeMore: (amount: number) => Promise<string>;
  isClosed = false;
  /** What is awaited before it is closed, as by the real one. */
  busyWith: Promise<unknown> = Promise.resolve();

  constructor(id: string, takeMore: (amount: number) => Promise<string>) {
    this.id = id;
    this.#takeMore = takeMore;
  }

  takeMore(amount: number): Promise<string> {
    const taken = this.#takeMore(amount);
    this.busyWith = taken.catch(() => undefined);
    return taken;
  }

  async close(): Promise<void> {
    await this.busyWith;
    this.isClosed = true;
  }
}

/** A machine with 100 of memory, on which a model takes what its context size says. */
export class TestKeeper implements ModelKeeper<TestModel> {
  readonly events: string[] = [];
  readonly problems: string[] = [];
  /** Held back until they are called; null: nothing is. */
  gates: Map<string, (error?: Error) => void> | null = null;
  #held = new Map<string, number>();

  estimate({ contextSize = 0 }: ModelOptions): Promise<Room> {
    return Promise.resolve({ ram: contextSize, gpu: 0 });
  }

  available(): Promise<Room> {
    const held = [...this.#held.values()].reduce((sum, one) => sum + one, 0);
    return Promise.resolve({ ram: MACHINE - held, gpu: 0 });
  }

  async load(
    { id, contextSize = 0 }: ModelOptions,
    onProgress: (progress: number) => void,
    takeMore: TakeMore,
  ): Promise<TestModel> {
    this.events.push(`load ${id}`);
    this.#held.set(id, contextSize);
    onProgress(0.5);
    const { gates } = this;
    if (gates !== null) {
      await new Promise<void>((resolve, reject) => {
        gates.set(id, (error) => {
          if (error === undefined) resolve();
          else {
            this.#held.delete(id);
            reject(error);
          }
        });
      });
    }
    return new TestModel(id, (amount) =>
      takeMore({
        purpose: 'vectors',
        needs: () => Promise.resolve({ ram: amount, gpu: 0 }),
        take: () => {
          if (amount === BROKEN) return Promise.reject(new Error('out of memory'));
          this.events.push(`more ${id}`);
          this.#held.set(id, contextSize + amount);
          return Promise.resolve(`${amount} more`);
        },
      }),
    );
  }

  onLoaded({ id }: TestModel): void {
    this.events.push(`loaded ${id}`);
  }

  onUnloaded({ id }: ModelOptions): void {
    this.events.push(`unloaded ${id}`);
    this.#held.delete(id);
  }

  onProblem(sentence: string): void {
    this.problems.push(sentence);
  }
}

export type Outcome = { model: string } | { error: ApiError };

export function shelfWith(models: Record<string, number>, change: Partial<ModelShelfOptions> = {}) {
  const keeper = new TestKeeper();
  const options = Object.entries(models).map(([id, contextSize]): ModelOptions => ({
    id,
    path: `/m/${id}.gguf`,
    contextSize,
    load: 'on_demand',
  }));
  const shelf = new ModelShelf(
    { models: options, memoryLimit: null, loadWaitMs: 60_000, idleUnloadMs: null, ...change },
    keeper,
  );
  onTestFinished(() => shelf.close());
  let next = 1;
  const call = (model: string): { id: number; outcome: Promise<Outcome> } => {
    const id = next++;
    const outcome = new Promise<Outcome>((resolve) => {
      shelf.begin(
        id,
        model,
        (found) => {
          resolve({ model: found.id });
        },
        (error) => {
          resolve({ error });
          shelf.end(id);
        },
      );
    });
    return { id, outcome };
  };
  /** A call that is over as soon as it has its model. */
  const use = async (model: string): Promise<Outcome> => {
    const { id, outcome } = call(model);
    const had = await outcome;
    shelf.end(id);
    return had;
  };
  return { shelf, keeper, call, use };
}

/** Everything that is not held back has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
