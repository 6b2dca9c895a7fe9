// The engine inside its process: loads the models in order, then hands each request to its model.
import { describeCallError } from './call-error.ts';
import { DecodeTurn } from './decode-turn.ts';
import { describeDevice } from './describe-device.ts';
import { fingerprintModel } from './model-fingerprint.ts';
import { Outbox } from './outbox.ts';
import { ServedModel } from './served-model.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ChildMessage, ParentMessage } from '../engine/engine-messages.ts';
import { DEFAULT_SEQUENCES, type GpuChoice, type ModelOptions } from '../engine/engine-options.ts';
import type { GenerationRequest } from '../engine/engine.ts';
import type { Asker, ModelQuestion } from '../engine/model-questions.ts';
import { loadLlama } from '../llama-cpp/load-llama.ts';
import { LoadedModel } from '../llama-cpp/loaded-model.ts';

/** Progress is told in steps of this size. */
const PROGRESS_STEP = 0.01;

type Llama = Awaited<ReturnType<typeof loadLlama>>;

export class EngineHost {
  readonly #send: (message: ChildMessage) => void;
  readonly #models = new Map<string, ServedModel>();
  readonly #modelOfCall = new Map<number, ServedModel>();
  readonly #turn = new DecodeTurn();
  readonly #outbox: Outbox;
  #llama: Llama | null = null;

  constructor(send: (message: ChildMessage) => void) {
    this.#send = send;
    this.#outbox = new Outbox(
      (message) => {
        this.#sendEvents(message);
      },
      () => [...this.#models.values()].map((model) => model.stats()),
    );
  }

  /** Loads everything, then says `ready`; or says `refused`, after which the parent ends this process. */
  async load({ models, threads, gpu }: Extract<ParentMessage, { type: 'load' }>): Promise<void> {
    let current = models[0];
    try {
      this.#llama = await loadLlama(gpu, (level, message) => {
        this.#send({ type: 'log', entry: { level, message } });
      });
      for (current of models)
        this.#models.set(current.id, await this.#loadModel(this.#llama, current, { threads, gpu }));
    } catch (error) {
      this.#send({
        type: 'refused',
        model: current?.id ?? '',
        reason: describeLoadFailure(current?.path ?? '', error),
      });
      return;
    }
    this.#send({ type: 'ready', models: [...this.#models.values()].map((model) => model.facts) });
  }

  generate(id: number, request: GenerationRequest): void {
    this.#begin(id, request.model, (model) => {
      const promptTokens = model.submit(id, request);
      this.#outbox.add({ type: 'accepted', id, promptTokens });
    });
  }

  ask(id: number, asker: Asker, question: ModelQuestion): void {
    this.#begin(id, asker.model, (model) => {
      model.ask(id, asker, question);
    });
  }

  #begin(id: number, modelId: string, submit: (model: ServedModel) => void): void {
    try {
      const model = this.#models.get(modelId);
      if (model === undefined) throw new ApiError('model_not_found', { param: 'model' });
      submit(model);
      this.#modelOfCall.set(id, model);
    } catch (error) {
      if (!(error instanceof ApiError)) this.#logBug(error);
      this.#outbox.add({ type: 'failed', id, error: describeCallError(error) });
    }
  }

  cancel(id: number): void {
    this.#modelOfCall.get(id)?.cancel(id);
    this.#modelOfCall.delete(id);
  }

  /** Ends every call, waits for the decode that runs, and frees all native memory. */
  async close(): Promise<void> {
    await Promise.all([...this.#models.values()].map((model) => model.close()));
    await this.#llama?.dispose();
  }

  async #loadModel(
    llama: Llama,
    options: ModelOptions,
    { threads, gpu }: { threads: number; gpu: GpuChoice },
  ): Promise<ServedModel> {
    const sequences = options.sequences ?? DEFAULT_SEQUENCES;
    let told = -1;
    const model = await LoadedModel.load(llama, {
      path: options.path,
      contextSize: options.contextSize ?? null,
      sequences,
      gpuLayers: options.gpuLayers ?? null,
      chatTemplate: options.chatTemplate ?? null,
      onProgress: (progress) => {
        if (progress < told + PROGRESS_STEP && progress < 1) return;
        told = progress;
        this.#send({ type: 'loading', model: options.id, progress });
      },
    });
    const context = await model.createContext({
      sequences,
      threads,
      kvCacheType: options.kvCacheType ?? 'f16',
      flashAttention: options.flashAttention ?? 'auto',
    });
    const onFailure = (error: unknown): void => {
      this.#logBug(error);
    };
    const device = describeDevice({ asked: gpu, gpu: llama.gpu, names: await llama.getGpuDeviceNames() }, model);
    const traits = { device, fingerprint: await fingerprintModel(options, llama.gpu) };
    const [turn, outbox] = [this.#turn, this.#outbox];
    return new ServedModel({ options, model, context, threads, traits, turn, outbox, onFailure });
  }

  #sendEvents(message: ChildMessage): void {
    if (message.type === 'events') {
      for (const { type, id } of message.events)
        if (type === 'finished' || type === 'failed' || type === 'answered') this.#modelOfCall.delete(id);
    }
    this.#send(message);
  }

  /** Name and stack only: an error's message may quote what it failed on. */
  #logBug(error: unknown): void {
    const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
    const name = error instanceof Error ? error.name : 'not an Error';
    this.#send({
      type: 'log',
      entry: { level: 'error', message: [`the engine failed: ${name}`, ...frames].join('\n') },
    });
  }
}

function describeLoadFailure(path: string, error: unknown): string {
  const detail = error instanceof Error ? error.message : String(error);
  if (/memory|vram/i.test(detail)) {
    return (
      `${path} does not fit into memory (${detail}). Take a smaller model or quantisation, ` +
      'or a smaller context size or fewer sequences.'
    );
  }
  return `llama.cpp cannot load ${path} (${detail}). Take another GGUF file of this model.`;
}
