// A fake engine whose generations the test drives by hand, or by a script. It keeps the promises of the Engine interface:
// events in order, an end without `finished` after an abort.
import type {
  Engine,
  EngineStats,
  Generation,
  GenerationEvent,
  GenerationProgress,
  GenerationRequest,
  ModelLoading,
  ModelTraits,
} from '../../../inference-node/engine/engine.ts';
import type { FinishReason } from '../../../protocol/inference/chat-completion.ts';
import type { NodeModel, NodeStatus } from '../../../protocol/node/node-api.ts';

export const FAKE_MODEL: NodeModel = {
  id: 'fake-model',
  created: 1_700_000_000,
  architecture: 'fake',
  contextLength: 128,
  defaultMaxTokens: 64,
  sequences: 4,
  running: 0,
  waiting: 0,
  sizeBytes: 1,
};

export class FakeEngine implements Engine {
  state: NodeStatus['engine'] = 'ready';
  readonly ready = Promise.resolve();
  /** When set, every generation says this, in these pieces, and stops. */
  script: readonly string[] | null = null;
  /** When set, every generation fails with this before it is accepted. */
  refusal: Error | null = null;
  readonly started: FakeGeneration[] = [];
  closed = false;
  #waiting: ((generation: FakeGeneration) => void)[] = [];

  models(): readonly NodeModel[] {
    return [FAKE_MODEL];
  }

  /** What is being loaded. */
  loadingNow: readonly ModelLoading[] = [];

  loading(): readonly ModelLoading[] {
    return this.loadingNow;
  }

  traitsOf(): ModelTraits {
    return { toolFormat: 'tagged', fingerprint: 'fp_0123456789', device: 'on nothing' };
  }

  stats(): EngineStats {
    const stats = {
      model: FAKE_MODEL.id,
      running: 0,
      waiting: 0,
      completionTokens: 6,
      prefillTokens: 10,
      restoredTokens: 4,
      cachedTokens: 4,
      tokenMs: null,
    };
    return { restarts: 3, models: [{ ...stats, steps: 5, stepsByCalls: [0, 2, 0, 3] }] };
  }

  generate(request: GenerationRequest, signal: AbortSignal): Generation {
    const generation = new FakeGeneration(request, signal);
    this.started.push(generation);
    if (this.refusal !== null) generation.fail(this.refusal);
    else if (this.script !== null) generation.play(this.script);
    this.#waiting.shift()?.(generation);
    return generation;
  }

  ask(): Promise<never> {
    return Promise.reject(new Error('the fake engine knows no answers'));
  }

  /** The next generation that starts. */
  nextGeneration(): Promise<FakeGeneration> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

export class FakeGeneration implements Generation {
  readonly request: GenerationRequest;
  readonly signal: AbortSignal;
  readonly events: AsyncIterable<GenerationEvent>;
  readonly progress: GenerationProgress = {
    promptTokens: 7,
    cachedTokens: 2,
    completionTokens: 0,
    queueMs: 0.5,
    firstTokenMs: null,
    decodeMs: 0,
  };
  readonly #queue: (GenerationEvent | Error)[] = [];
  #wake: (() => void) | null = null;

  constructor(request: GenerationRequest, signal: AbortSignal) {
    this.request = request;
    this.signal = signal;
    signal.addEventListener('abort', () => this.#wake?.());
    this.events = this.#read();
  }

  /** Resolves when the call was aborted. */
  get aborted(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      this.signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  accept(): void {
    this.#push({ type: 'accepted', promptTokens: this.progress.promptTokens });
  }

  say(text: string): void {
    this.progress.completionTokens++;
    this.progress.decodeMs = this.progress.firstTokenMs === null ? 0 : this.progress.decodeMs + 2;
    this.progress.firstTokenMs ??= 1.5;
    this.#push({ type: 'text', text, logProbabilities: [] });
  }

  finish(finishReason: FinishReason = 'stop'): void {
    this.#push({ type: 'finished', result: { ...this.progress, finishReason } });
  }

  fail(error: Error): void {
    this.#push(error);
  }

  play(pieces: readonly string[]): void {
    this.accept();
    for (const piece of pieces) this.say(piece);
    this.finish();
  }

  #push(event: GenerationEvent | Error): void {
    this.#queue.push(event);
    this.#wake?.();
  }

  async *#read(): AsyncGenerator<GenerationEvent> {
    while (!this.signal.aborted) {
      const event = this.#queue.shift();
      if (event instanceof Error) throw event;
      if (event === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else yield event;
      if (event !== undefined && event.type === 'finished') return;
    }
  }
}
