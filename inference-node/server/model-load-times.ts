// How long each model took to load, from the engine's progress: models are loaded one after the other.
import type { LoadedModel } from '../../protocol/node/node-process.ts';
import type { NodeModel } from '../../protocol/node/node-api.ts';

export class ModelLoadTimes {
  readonly #doneAt = new Map<string, number>();
  readonly #startedAt = performance.now();

  /** Notes a model's progress, from 0 to 1. */
  note(model: string): void {
    this.#doneAt.set(model, performance.now());
  }

  /** The models for the operator's eyes, in their order. */
  describe(models: readonly NodeModel[], deviceOf: (id: string) => string): LoadedModel[] {
    let before = this.#startedAt;
    return models.map(({ id, architecture, sizeBytes, contextLength, sequences, state = 'loaded' }) => {
      const facts = { id, architecture, sizeBytes, contextLength, sequences, device: deviceOf(id) };
      if (state !== 'loaded') return { ...facts, loadMs: null };
      const doneAt = this.#doneAt.get(id) ?? performance.now();
      const loadMs = Math.max(0, Math.round(doneAt - before));
      before = doneAt;
      return { ...facts, loadMs };
    });
  }
}
