// What `models show` tells: the facts of the file, the memory that it takes with some settings, whether that is there now, and
// the settings that suit this machine.
import { availableMemory } from '../memory/available-memory.ts';
import { checkGgufFile } from '../gguf/check-gguf-file.ts';
import { isEncoder } from '../gguf/encoder-architectures.ts';
import type { GgufFacts } from '../gguf/gguf-facts.ts';
import { loadLlama } from '../llama-cpp/load-llama.ts';
import { MemoryEstimator, type MemoryEstimate } from '../llama-cpp/estimate-memory.ts';
import { contextLengthOf } from '../engine/context-length.ts';
import { DEFAULT_SEQUENCES } from '../engine/engine-options.ts';
import { chatFormatOf } from '../engine-child/chat-format.ts';
import type { ModelFile } from './find-model-file.ts';
import { listModelParts, type ModelPart } from '../gguf/model-parts.ts';
import { suggestSettings, type SettingsSuggestion } from './suggest-settings.ts';

export type ModelReport = {
  file: string;
  /** In the catalogue, or of an embedded model. */
  name: string | null;
  title: string | null;
  architecture: string;
  quantization: string | null;
  parameters: number;
  layers: number;
  heads: number | null;
  keyValueHeads: number | null;
  embeddingLength: number | null;
  trainedContext: number | null;
  vocabulary: number;
  /** It makes vectors, and writes no text. */
  isEncoder: boolean;
  chatTemplate: boolean;
  toolFormat: string;
  parts: number;
  diskBytes: number;
  memory: MemoryReport;
  /** Null: it does not fit here with any setting. */
  suggestion: SettingsSuggestion | null;
};

export type MemoryReport = {
  contextSize: number;
  sequences: number;
  bytes: MemoryEstimate;
  available: { ram: number; gpu: number };
  /** What computes; null: the CPU alone. */
  gpu: string | null;
  fits: boolean;
};

export type ReportWish = { contextSize: number | null; sequences: number | null };
export type ModelReportResult = { ok: true; report: ModelReport } | { ok: false; problem: string };

/** Of the memory that is there, what a suggestion may take: the machine has other things to do, too. */
const SUGGESTED_SHARE = 0.8;

type Llama = Awaited<ReturnType<typeof loadLlama>>;
type Available = MemoryReport['available'];

/** Reads the file; loads llama.cpp, but not the model. The problem is a sentence. */
export async function reportModel(file: ModelFile, wish: ReportWish): Promise<ModelReportResult> {
  const { path } = file;
  const check = await checkGgufFile(path);
  if (!check.ok) return { ok: false, problem: check.reason };
  const parts = await listModelParts(path);
  const missing = parts.find(({ sizeBytes }) => sizeBytes === null);
  if (missing !== undefined) return { ok: false, problem: `${missing.path} is missing; pull the model again.` };
  const llama = await loadLlama('auto', () => undefined);
  try {
    const estimator = await MemoryEstimator.read(llama, path);
    const available = { ram: availableMemory(), gpu: await freeOnGpu(llama) };
    const memory = await reportMemory(estimator, { available, gpu: llama.gpu, wish, facts: check.facts });
    const share = { ram: available.ram * SUGGESTED_SHARE, gpu: available.gpu };
    const suggestion = await suggestSettings({
      path,
      trainContext: check.facts.contextLength,
      fits: async (contextSize, sequences) => fits(await estimate(estimator, { contextSize, sequences }), share),
    });
    const parameters = estimator.parameters;
    return { ok: true, report: { ...describeFile(file, check.facts, parts), parameters, memory, suggestion } };
  } finally {
    await llama.dispose();
  }
}

function describeFile({ path, name }: ModelFile, facts: GgufFacts, parts: readonly ModelPart[]) {
  return {
    file: path,
    name,
    title: facts.name,
    architecture: facts.architecture,
    quantization: facts.quantization,
    layers: facts.blocks,
    heads: facts.heads,
    keyValueHeads: facts.keyValueHeads,
    embeddingLength: facts.embeddingLength,
    trainedContext: facts.contextLength,
    vocabulary: facts.vocabulary,
    isEncoder: isEncoder(facts.architecture),
    chatTemplate: facts.chatTemplate !== null,
    toolFormat: toolFormatOf(facts),
    parts: parts.length,
    diskBytes: parts.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
  };
}

/** As it would be served. */
function toolFormatOf({ architecture, chatTemplate, toolTemplate }: GgufFacts): string {
  try {
    return chatFormatOf({ architecture, chatTemplate, toolTemplate, bosText: '', eosText: '' }).toolFormat;
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : 'the chat template cannot be used'}`;
  }
}

type MemoryWish = { available: Available; gpu: string | false; wish: ReportWish; facts: GgufFacts };

async function reportMemory(
  estimator: MemoryEstimator,
  { available, gpu, wish, facts }: MemoryWish,
): Promise<MemoryReport> {
  const contextSize = contextLengthOf(wish.contextSize, {
    architecture: facts.architecture,
    trained: facts.contextLength,
  });
  const sequences = wish.sequences ?? DEFAULT_SEQUENCES;
  const bytes = await estimate(estimator, { contextSize, sequences });
  return { contextSize, sequences, bytes, available, gpu: gpu === false ? null : gpu, fits: fits(bytes, available) };
}

function estimate(estimator: MemoryEstimator, { contextSize, sequences }: { contextSize: number; sequences: number }) {
  return estimator.estimate({ contextSize, sequences, gpuLayers: null, kvCacheType: 'f16', flashAttention: 'auto' });
}

function fits({ ram, gpu }: MemoryEstimate, available: Available): boolean {
  return ram <= available.ram && gpu <= available.gpu;
}

async function freeOnGpu(llama: Llama): Promise<number> {
  return llama.gpu === false ? 0 : (await llama.getVramState()).free;
}
