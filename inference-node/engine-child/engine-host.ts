// The engine inside its process: has the models of the start loaded, then hands each request to its model.
import { describeCallError } from './call-error.ts';
import { DecodeTurn } from './decode-turn.ts';
import { KeptPrefixes } from './kept-prefixes.ts';
import { ModelLoader } from './model-loader.ts';
import { ModelShelf } from './model-shelf.ts';
import { Outbox } from './outbox.ts';
import { PrefixFolder } from './prefix-folder.ts';
import { PrefixStore } from './prefix-store.ts';
import type { ServedModel } from './served-model.ts';
import { tryGpu } from './try-gpu.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ChildMessage, ParentMessage } from '../engine/engine-messages.ts';
import type { PrefixStoreOptions } from '../engine/engine-options.ts';
import type { GenerationRequest } from '../engine/engine.ts';
import { ModelLoadError } from '../engine/model-load-error.ts';
import type { Asker, ModelQuestion } from '../engine/model-questions.ts';
import { loadLlama } from '../llama-cpp/load-llama.ts';

type Llama = Awaited<ReturnType<typeof loadLlama>>;

export class EngineHost {
  readonly #send: (message: ChildMessage) => void;
  readonly #outbox: Outbox;
  #models: ModelShelf<ServedModel> | null = null;
  #llama: Llama | null = null;
  #prefixes: PrefixStore | null = null;

  constructor(send: (message: ChildMessage) => void) {
    this.#send = send;
    this.#outbox = new Outbox(
      (message) => {
        this.#sendEvents(message);
      },
      () => (this.#models?.loaded ?? []).map((model) => model.stats()),
    );
  }

  /** Loads what is to be there from the start on, then says `ready`; or says `refused`, after which the parent ends this process. */
  async load(message: Extract<ParentMessage, { type: 'load' }>): Promise<void> {
    const { models, threads, gpu, gpuProblem, memory, prefixStore } = message;
    try {
      this.#llama = await loadLlama(gpu, (level, message) => {
        this.#send({ type: 'log', entry: { level, message } });
      });
      if (this.#llama.gpu !== false) {
        this.#send({ type: 'gpu_trial', state: 'begun' });
        await tryGpu(this.#llama);
        this.#send({ type: 'gpu_trial', state: 'passed' });
      }
      this.#prefixes = prefixStore === null ? null : await this.#openPrefixes(prefixStore);
      const store = this.#prefixes;
      const loader = new ModelLoader({
        llama: this.#llama,
        threads,
        prefixStore: store === null ? null : { store, costs: prefixStore?.costs },
        gpu: { asked: gpu, problem: gpuProblem },
        turn: new DecodeTurn(),
        outbox: this.#outbox,
        send: this.#send,
        onFailure: (error) => {
          this.#logBug(error);
        },
      });
      this.#models = new ModelShelf({ models, ...memory }, loader);
      await this.#models.loadFirst();
    } catch (error) {
      const model = error instanceof ModelLoadError ? error.modelId : (models[0]?.id ?? '');
      this.#send({ type: 'refused', model, reason: error instanceof Error ? error.message : String(error) });
      return;
    }
    this.#send({ type: 'ready' });
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
    const refuse = (error: unknown): void => {
      if (!(error instanceof ApiError)) this.#logBug(error);
      this.#outbox.add({ type: 'failed', id, error: describeCallError(error) });
    };
    const trySubmit = (model: ServedModel): void => {
      try {
        submit(model);
      } catch (error) {
        refuse(error);
      }
    };
    this.#models?.begin(id, modelId, trySubmit, refuse);
  }

  cancel(id: number): void {
    this.#models?.modelOf(id)?.cancel(id);
    this.#models?.end(id);
  }

  /** Ends every call, waits for the decode that runs, and frees all native memory. */
  async close(): Promise<void> {
    this.#prefixes?.beginClosing();
    await this.#models?.close();
    await this.#prefixes?.close();
    await this.#llama?.dispose();
  }

  /** Without a store everything works, only slower: what is wrong with it stops nothing. */
  async #openPrefixes({ folder: path, maxBytes, keepWithKey }: PrefixStoreOptions): Promise<PrefixStore | null> {
    const onProblem = (message: string): void => {
      this.#send({ type: 'log', entry: { level: 'warn', message } });
    };
    try {
      const folder = await PrefixFolder.open(path);
      const kept = keepWithKey === null ? null : await KeptPrefixes.open(folder, keepWithKey);
      return await PrefixStore.open({ folder, maxBytes, kept, onProblem });
    } catch (error) {
      onProblem(`there is no prefix store: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  #sendEvents(message: ChildMessage): void {
    if (message.type === 'events') {
      for (const { type, id } of message.events)
        if (type === 'finished' || type === 'failed' || type === 'answered') this.#models?.end(id);
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
