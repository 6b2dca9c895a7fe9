// What the parent knows of where each model is: in memory, on its way, or to be called first. The child decides, and tells.
import type { LoadedModelFacts } from './engine-messages.ts';
import type { ModelLoading, ModelStats, ModelTraits } from './engine.ts';
import type { NodeModel } from '../../protocol/node/node-api.ts';

type State = NonNullable<NodeModel['state']>;

/** A model whose loading ended the process is not tried again for this long, or its callers would end it again and again. */
const AFTER_DEATH_MS = 300_000;
const MS_PER_SECOND = 1_000;
/** A speed is told to the hundredth: a large model on a small CPU writes less than a token a second. */
const SPEED_PARTS = 100;

export class ModelResidence {
  readonly #facts = new Map<string, LoadedModelFacts>();
  readonly #states = new Map<string, State>();
  readonly #loading = new Map<string, number>();
  readonly #brokenUntil = new Map<string, number>();

  /** What is known of models before they are loaded, in their order. */
  constructor(known: readonly LoadedModelFacts[]) {
    for (const facts of known) this.#facts.set(facts.id, facts);
  }

  has(model: string): boolean {
    return this.#facts.has(model);
  }

  traitsOf(model: string): ModelTraits | null {
    return this.#facts.get(model) ?? null;
  }

  get loading(): readonly ModelLoading[] {
    return [...this.#loading].map(([model, progress]) => ({ model, progress }));
  }

  describe(created: number, stats: readonly ModelStats[]): NodeModel[] {
    return [...this.#facts.values()].map((facts) => {
      const { running = 0, waiting = 0, tokenMs = null } = stats.find(({ model }) => model === facts.id) ?? {};
      const state = this.#states.get(facts.id) ?? 'unloaded';
      const speed = tokenMs === null ? {} : { tokensPerSecond: perSecond(tokenMs) };
      return { ...facts, created, running, waiting, state, ...speed };
    });
  }

  noteLoading(model: string, progress: number): void {
    this.#states.set(model, 'loading');
    this.#loading.set(model, progress);
  }

  noteLoaded(facts: LoadedModelFacts): void {
    this.#facts.set(facts.id, facts);
    this.#states.set(facts.id, 'loaded');
    this.#loading.delete(facts.id);
  }

  noteUnloaded(model: string): void {
    this.#states.set(model, 'unloaded');
    this.#loading.delete(model);
  }

  /** The process ended, and all memory with it. */
  noteEnd(): void {
    for (const model of this.#loading.keys()) this.#brokenUntil.set(model, performance.now() + AFTER_DEATH_MS);
    this.#loading.clear();
    this.#states.clear();
  }

  /** Seconds until a call of this model may load it again; 0: now. */
  secondsBroken(model: string): number {
    return Math.max(0, Math.ceil(((this.#brokenUntil.get(model) ?? 0) - performance.now()) / 1000));
  }
}

function perSecond(milliseconds: number): number {
  const exact = MS_PER_SECOND / milliseconds;
  return Math.round(exact * SPEED_PARTS) / SPEED_PARTS;
}
