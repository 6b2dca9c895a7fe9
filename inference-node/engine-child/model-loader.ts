// Brings models into memory for the shelf, and tells the parent what becomes of them.
import type { DecodeTurn } from './decode-turn.ts';
import { describeDevice, type Devices } from './describe-device.ts';
import { KnownEstimators } from './known-estimators.ts';
import { IdlePrefixes } from './idle-prefixes.ts';
import { fingerprintModel } from './model-fingerprint.ts';
import type { Room } from './memory-room.ts';
import type { MoreMemory, TakeMore } from './memory-wish.ts';
import type { ModelKeeper } from './model-shelf.ts';
import type { Outbox } from './outbox.ts';
import type { PrefixStore } from './prefix-store.ts';
import { ServedModel } from './served-model.ts';
import { stateKeyOf } from './state-key.ts';
import type { ChildMessage } from '../engine/engine-messages.ts';
import { DEFAULT_SEQUENCES, type ModelOptions, type PrefixStoreOptions } from '../engine/engine-options.ts';
import type { BatchContext } from '../llama-cpp/batch-context.ts';
import type { EmbeddingContext } from '../llama-cpp/embedding-context.ts';
import { LoadedModel } from '../llama-cpp/loaded-model.ts';
import type { loadLlama } from '../llama-cpp/load-llama.ts';
import { availableMemory } from '../memory/available-memory.ts';

/** Progress is told in steps of this size. */
const PROGRESS_STEP = 0.01;

export type ModelLoaderParts = {
  llama: Awaited<ReturnType<typeof loadLlama>>;
  threads: number;
  /** What was asked for, and why it is not what computes, where it failed its trial. */
  gpu: Pick<Devices, 'asked' | 'problem'>;
  /** Null: there is none. */
  prefixStore: { store: PrefixStore; costs: PrefixStoreOptions['costs'] } | null;
  turn: DecodeTurn;
  outbox: Outbox;
  send: (message: ChildMessage) => void;
  onFailure: (error: unknown) => void;
};

export class ModelLoader implements ModelKeeper<ServedModel> {
  readonly #parts: ModelLoaderParts;
  readonly #estimators: KnownEstimators;

  constructor(parts: ModelLoaderParts) {
    this.#parts = parts;
    this.#estimators = new KnownEstimators(parts.llama);
  }

  async estimate(options: ModelOptions): Promise<Room> {
    const estimator = await this.#estimators.of(options.path);
    const { ram, gpu } = await estimator.estimate({
      contextSize: options.contextSize ?? null,
      gpuLayers: options.gpuLayers ?? null,
      ...contextSettings(options),
    });
    return { ram, gpu };
  }

  async available(): Promise<Room> {
    const { llama } = this.#parts;
    return { ram: availableMemory(), gpu: llama.gpu === false ? 0 : (await llama.getVramState()).free };
  }

  async load(options: ModelOptions, onProgress: (progress: number) => void, takeMore: TakeMore): Promise<ServedModel> {
    const { llama, threads, gpu, send, turn, outbox, onFailure } = this.#parts;
    const settings = contextSettings(options);
    let told = 0;
    send({ type: 'loading', model: options.id, progress: 0 });
    const model = await LoadedModel.load(llama, {
      path: options.path,
      contextSize: options.contextSize ?? null,
      sequences: settings.sequences,
      gpuLayers: options.gpuLayers ?? null,
      chatTemplate: options.chatTemplate ?? null,
      onProgress: (progress) => {
        onProgress(progress);
        if (progress < told + PROGRESS_STEP && progress < 1) return;
        told = progress;
        send({ type: 'loading', model: options.id, progress });
      },
    });
    try {
      const context = model.isEncoder ? null : await model.createContext({ threads, ...settings });
      const devices = { ...gpu, gpu: llama.gpu, names: await llama.getGpuDeviceNames() };
      const device = describeDevice(devices, model, context?.flashAttention ?? null);
      const traits = { device, fingerprint: await fingerprintModel(options, llama.gpu) };
      const openEmbeddings = (): Promise<EmbeddingContext> =>
        model.isEncoder ? model.createEmbeddingContext(threads) : takeMore(vectorMemory(model, threads));
      const idlePrefixes = context === null ? null : await this.#idlePrefixes(options, context, traits.fingerprint);
      const served = { openEmbeddings, traits, idlePrefixes, turn, outbox, onFailure };
      const loaded = new ServedModel({ options, model, context, ...served });
      if (model.isEncoder) await loaded.openEmbeddings();
      return loaded;
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  async #idlePrefixes(options: ModelOptions, context: BatchContext, fingerprint: string) {
    const { prefixStore, turn } = this.#parts;
    if (prefixStore === null) return null;
    const { store, costs } = prefixStore;
    const model = await stateKeyOf(options.path, fingerprint, contextSettings(options).sequences);
    return (promptTokenMs: () => number | null) =>
      new IdlePrefixes({
        store,
        model,
        context,
        turn,
        promptTokenMs: costs === 'ignored' ? () => null : promptTokenMs,
      });
  }

  onLoaded({ facts }: ServedModel): void {
    this.#parts.send({ type: 'loaded', facts });
  }

  onUnloaded({ id }: ModelOptions): void {
    this.#parts.send({ type: 'unloaded', model: id });
  }

  onProblem(message: string): void {
    this.#parts.send({ type: 'log', entry: { level: 'error', message } });
  }
}

/** It is taken when vectors are wanted for the first time. */
function vectorMemory(model: LoadedModel, threads: number): MoreMemory<EmbeddingContext> {
  return {
    purpose: 'vectors (/v1/embeddings)',
    needs: () => model.estimateEmbeddingContext(),
    take: () => model.createEmbeddingContext(threads),
  };
}

function contextSettings({ sequences, kvCacheType, flashAttention }: ModelOptions) {
  return {
    sequences: sequences ?? DEFAULT_SEQUENCES,
    kvCacheType: kvCacheType ?? 'f16',
    flashAttention: flashAttention ?? 'auto',
  } as const;
}
