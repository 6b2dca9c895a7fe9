// Estimators of model files, kept as long as the file is what it was: a model that waits for room asks at every try, and a header with a large
// vocabulary takes most of a second to read.
import { stat } from 'node:fs/promises';
import { MemoryEstimator } from '../llama-cpp/estimate-memory.ts';

type Llama = Parameters<typeof MemoryEstimator.read>[0];
type Known = { modifiedMs: number; size: number; estimator: MemoryEstimator };

export class KnownEstimators {
  readonly #llama: Llama;
  /** By path; as many as there are models. */
  readonly #known = new Map<string, Known>();

  constructor(llama: Llama) {
    this.#llama = llama;
  }

  async of(path: string): Promise<MemoryEstimator> {
    const { mtimeMs: modifiedMs, size } = await stat(path);
    const known = this.#known.get(path);
    if (known?.modifiedMs === modifiedMs && known.size === size) return known.estimator;
    const estimator = await MemoryEstimator.read(this.#llama, path);
    this.#known.set(path, { modifiedMs, size, estimator });
    return estimator;
  }
}
