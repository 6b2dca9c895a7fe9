// The engine as the node's server sees it. The models live in a child process, because a native abort kills its process:
// this side starts it, starts it again when it dies, and routes what it tells to the generations.
import { ChildHandle, type ChildEnd } from './child-handle.ts';
import type { CallEvent, ChildMessage, LoadedModelFacts } from './engine-messages.ts';
import { DEFAULT_MEMORY_OPTIONS, type EngineOptions, type GpuChoice } from './engine-options.ts';
import type {
  Engine,
  EngineStats,
  Generation,
  GenerationRequest,
  ModelLoading,
  ModelStats,
  ModelTraits,
} from './engine.ts';
import { GenerationStream } from './generation-stream.ts';
import { GpuTrial, type FailedTrial } from './gpu-trial.ts';
import type { AnswerTo, Asker, QuestionOf, QuestionType } from './model-questions.ts';
import { ModelLoadError } from './model-load-error.ts';
import { ModelResidence } from './model-residence.ts';
import { OpenQuestions } from './open-questions.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { StepWatchdog } from './step-watchdog.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { NodeModel, NodeStatus } from '../../protocol/node/node-api.ts';

export type EngineProcessOptions = EngineOptions & {
  threads: number;
  gpu: GpuChoice;
  /** What is known of the models already; those that are loaded at the start tell it themselves. */
  known?: readonly LoadedModelFacts[];
};

const MILLISECONDS_PER_SECOND = 1000;
/** From the wish to end to the kill: a decode in progress is waited for, a hung one is not. */
const CLOSE_GRACE_MS = 2000;
/** With time to write down what is kept over a restart (`KeptPrefixes`); less than `hearthkey up` waits for a node. */
const KEEPING_GRACE_MS = 4500;
/** A model that is loaded makes no progress for so long: its disk does not answer, or it hangs. */
const LOADING_SILENCE_MS = 600_000;

export class EngineProcess implements Engine {
  readonly ready: Promise<void>;
  readonly #options: EngineProcessOptions;
  readonly #firstLoad = Promise.withResolvers<undefined>();
  readonly #backoff = new RestartBackoff();
  readonly #generations = new Map<number, GenerationStream>();
  readonly #questions = new OpenQuestions();
  readonly #watchdog: StepWatchdog;
  /** Of a model that is loaded on demand: the engine makes steps for others meanwhile, or none at all. */
  readonly #loadWatchdog: StepWatchdog;
  readonly #models: ModelResidence;
  readonly #gpu: GpuTrial;
  #child: ChildHandle;
  #state: NodeStatus['engine'] = 'starting';
  #stats: readonly ModelStats[] = [];
  #loadedAt = 0;
  #wasReady = false;
  #restarts = 0;
  #nextId = 1;
  #closed = false;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.ready = this.#firstLoad.promise;
    // Whoever does not await `ready` learns of a failure from the state and the log.
    this.ready.catch(() => undefined);
    this.#watchdog = new StepWatchdog({
      ...options.watchdog,
      onHang: (silentMs) => {
        this.#endHung(silentMs);
      },
    });
    this.#loadWatchdog = new StepWatchdog({
      minimumMs: options.watchdog?.firstStepMs ?? LOADING_SILENCE_MS,
      firstStepMs: options.watchdog?.firstStepMs ?? LOADING_SILENCE_MS,
      onHang: (silentMs) => {
        this.#endHung(silentMs);
      },
    });
    this.#models = new ModelResidence(options.known ?? []);
    this.#gpu = new GpuTrial(options.gpu);
    options.onState?.(this.#state);
    this.#child = this.#start();
  }

  get state(): NodeStatus['engine'] {
    return this.#state;
  }

  /** The process that holds the models now; for tests and logs. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  models(): readonly NodeModel[] {
    if (!this.#wasReady) return [];
    return this.#models.describe(Math.floor(this.#loadedAt / MILLISECONDS_PER_SECOND), this.#stats);
  }

  loading(): readonly ModelLoading[] {
    return this.#models.loading;
  }

  traitsOf(model: string): ModelTraits | null {
    return this.#wasReady ? this.#models.traitsOf(model) : null;
  }

  stats(): EngineStats {
    return { restarts: this.#restarts, models: this.#stats };
  }

  generate(request: GenerationRequest, signal: AbortSignal): Generation {
    const id = this.#nextId++;
    const cancel = (): void => {
      this.#generations.delete(id);
      this.#watch();
      stream.cancel();
      this.#child.send({ type: 'cancel', id });
    };
    const stream = new GenerationStream(cancel);
    const refusal = this.#refusalFor(request.model);
    if (signal.aborted) stream.cancel();
    else if (refusal !== null) stream.fail(refusal);
    else {
      this.#generations.set(id, stream);
      signal.addEventListener('abort', cancel, { once: true });
      stream.onEnd(() => {
        signal.removeEventListener('abort', cancel);
      });
      this.#child.send({ type: 'generate', id, request });
      this.#watch();
    }
    return stream;
  }

  async ask<Type extends QuestionType>(
    asker: Asker,
    question: QuestionOf<Type>,
    signal: AbortSignal,
  ): Promise<AnswerTo<Type>> {
    signal.throwIfAborted();
    const refusal = this.#refusalFor(asker.model);
    if (refusal !== null) throw refusal;
    const id = this.#nextId++;
    const answer = this.#questions.wait(id, signal, () => {
      this.#child.send({ type: 'cancel', id });
    });
    this.#child.send({ type: 'ask', id, asker, question });
    this.#watch();
    try {
      // The child answers a question by its own kind of answer.
      return await answer;
    } finally {
      this.#watch();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restartTimer);
    this.#firstLoad.reject(new Error('the engine was closed before its models were loaded'));
    this.#failAll(() => new ApiError('engine_restarting'));
    if (this.#state === 'ready') this.#setState('restarting');
    const keepsPrefixes = (this.#options.prefixStore?.keepWithKey ?? null) !== null;
    await this.#child.close(keepsPrefixes ? KEEPING_GRACE_MS : CLOSE_GRACE_MS);
  }

  /** Why no call of this model may reach the child now; null: it may. */
  #refusalFor(model: string): ApiError | null {
    if (this.#state !== 'ready') return new ApiError('engine_restarting');
    if (!this.#models.has(model)) return new ApiError('model_not_found', { param: 'model' });
    const seconds = this.#models.secondsBroken(model);
    return seconds > 0 ? new ApiError('model_unavailable', { retryAfterSeconds: seconds }) : null;
  }

  /** While a model is loaded, calls wait for it and not for a step. */
  #watch(): void {
    const isLoading = this.#models.loading.length > 0;
    const hasWork = this.#generations.size + this.#questions.size > 0;
    this.#watchdog.watch(this.#state === 'ready' && hasWork && !isLoading);
    this.#loadWatchdog.watch(this.#state === 'ready' && isLoading);
  }

  #endHung(silentMs: number): void {
    const seconds = Math.round(silentMs / MILLISECONDS_PER_SECOND);
    const message = `the engine's process has work and made no step for ${seconds} s: it is ended and started again`;
    this.#options.onLog?.({ level: 'error', message });
    this.#child.kill();
  }

  #start(): ChildHandle {
    const { models, threads, memory, prefixStore = null } = this.#options;
    const { choice: gpu, problem: gpuProblem } = this.#gpu;
    const child = new ChildHandle({
      onMessage: (message) => {
        this.#take(message);
      },
      onEnd: (end) => {
        this.#afterEnd(end);
      },
    });
    const allMemory = { ...DEFAULT_MEMORY_OPTIONS, ...memory };
    child.send({ type: 'load', models, threads, gpu, gpuProblem, memory: allMemory, prefixStore });
    return child;
  }

  #take(message: ChildMessage): void {
    switch (message.type) {
      case 'events':
        if (isProgress(message, this.#stats)) this.#watchdog.noteSign();
        if (message.stats.length > 0) this.#stats = message.stats;
        for (const event of message.events) this.#takeEvent(event);
        return;
      case 'loading':
        this.#models.noteLoading(message.model, message.progress);
        this.#loadWatchdog.noteSign();
        this.#watch();
        this.#options.onLoadProgress?.(message.model, message.progress);
        return;
      case 'loaded':
        this.#models.noteLoaded(message.facts);
        this.#watch();
        return;
      case 'unloaded':
        this.#models.noteUnloaded(message.model);
        this.#watch();
        return;
      case 'ready':
        this.#wasReady = true;
        this.#stats = [];
        this.#loadedAt = Date.now();
        this.#setState('ready');
        this.#firstLoad.resolve(undefined);
        return;
      case 'gpu_trial':
        if (message.state === 'begun') this.#gpu.begin();
        else this.#gpu.pass();
        return;
      case 'refused':
        if (this.#gpu.runs) {
          this.#gpu.note(message.reason);
          this.#child.kill();
          return;
        }
        this.#options.onLog?.({ level: 'error', message: message.reason });
        this.#firstLoad.reject(new ModelLoadError(message.model, message.reason));
        this.#child.kill();
        return;
      case 'log':
        if (message.entry.level === 'error') this.#gpu.note(message.entry.message);
        this.#options.onLog?.(message.entry);
        return;
    }
  }

  #takeEvent(event: CallEvent): void {
    if (this.#questions.take(event)) return;
    const stream = this.#generations.get(event.id);
    if (stream === undefined) return;
    if (event.type === 'finished' || event.type === 'failed') this.#generations.delete(event.id);
    stream.take(event);
    this.#watch();
  }

  #afterEnd({ how, lastWords }: ChildEnd): void {
    this.#watchdog.forget();
    this.#loadWatchdog.forget();
    const [loading] = this.#models.loading;
    this.#models.noteEnd();
    if (this.#closed) return;
    const failed = this.#gpu.end(lastWords);
    if (failed !== null) {
      this.#afterFailedTrial(failed);
      return;
    }
    const words = lastWords === null ? '' : `: ${lastWords}`;
    this.#options.onLog?.({ level: 'error', message: `the engine's process ended by ${how}${words}` });
    this.#failAll((stream) => new ApiError(stream.isAccepted ? 'engine_failed' : 'engine_restarting'));
    this.#stats = [];
    // A first load that failed is the operator's to mend; to try again would only hide it.
    if (this.#state === 'starting') {
      this.#firstLoad.reject(this.#deathWhileLoading(how, loading?.model));
      return;
    }
    const readyMs = this.#state === 'ready' ? Date.now() - this.#loadedAt : 0;
    this.#setState('restarting');
    this.#restartLater(readyMs);
  }

  #restartLater(readyMs: number): void {
    this.#restartTimer = setTimeout(() => {
      this.#restarts++;
      this.#child = this.#start();
    }, this.#backoff.next(readyMs));
  }

  /** Without its GPU an engine that was up before comes back on the CPU, too. */
  #afterFailedTrial({ onCpu, sentence }: FailedTrial): void {
    this.#options.onLog?.({ level: onCpu ? 'warn' : 'error', message: sentence });
    if (onCpu) this.#child = this.#start();
    else if (this.#state === 'starting')
      this.#firstLoad.reject(new ModelLoadError(this.#options.models[0]?.id ?? '', sentence));
    else this.#restartLater(0);
  }

  /** `loading`: absent before the first model is on its way. */
  #deathWhileLoading(how: string, loading: string | undefined): ModelLoadError {
    const { models } = this.#options;
    const { id = '', path = '' } = models.find((model) => model.id === loading) ?? models[0] ?? {};
    return new ModelLoadError(
      id,
      `The engine's process ended by ${how} while it loaded ${path}: the file is damaged, or of a kind that llama.cpp cannot ` +
        'load on this machine. Take another GGUF file of this model.',
    );
  }

  #failAll(errorFor: (stream: GenerationStream) => ApiError): void {
    const streams = [...this.#generations.values()];
    this.#generations.clear();
    for (const stream of streams) stream.fail(errorFor(stream));
    this.#questions.failAll(new ApiError('engine_restarting'));
  }

  #setState(state: NodeStatus['engine']): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** Whether it tells of work done. That calls were accepted or refused does not: a child does that while its decode hangs. */
function isProgress(
  { events, stats }: Extract<ChildMessage, { type: 'events' }>,
  before: readonly ModelStats[],
): boolean {
  if (stats.length > 0 && stepsOf(stats) !== stepsOf(before)) return true;
  return events.some(({ type }) => type === 'started' || type === 'text' || type === 'finished' || type === 'answered');
}

function stepsOf(stats: readonly ModelStats[]): number {
  return stats.reduce((sum, { steps }) => sum + steps, 0);
}
