// The estimate is what a start is decided on: it must not be below what the model then takes, and not so far above that what
// fits is refused.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { platform, tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MODEL_SHAPES } from '../../../bench/gguf/model-shapes.ts';
import { writeModel } from '../../../bench/gguf/write-model.ts';
import { MemoryEstimator } from '../../../inference-node/llama-cpp/estimate-memory.ts';
import { LoadedModel } from '../../../inference-node/llama-cpp/loaded-model.ts';
import { loadLlama } from '../../../inference-node/llama-cpp/load-llama.ts';

const PROGRAM = join(import.meta.dirname, 'resident-memory.ts');
const MIB = 1_048_576;
/** What the estimate may be above the measurement: its own allowance for the engine around a model. */
const MARGIN_MIB = 40;
/** The same for a context for vectors. */
const VECTORS_MARGIN_MIB = 10;

let llama: Awaited<ReturnType<typeof loadLlama>>;
beforeAll(async () => {
  llama = await loadLlama(false, () => undefined);
});
afterAll(() => llama.dispose());

async function estimate(
  path: string,
  contextSize: number | null,
  sequences: number,
  kvCacheType: 'f16' | 'q8_0' = 'f16',
) {
  const estimator = await MemoryEstimator.read(llama, path);
  return estimator.estimate({ contextSize, sequences, gpuLayers: null, kvCacheType, flashAttention: 'auto' });
}

async function estimateVectors(path: string, contextSize: number): Promise<number> {
  const model = await LoadedModel.load(llama, {
    path,
    contextSize,
    sequences: 1,
    gpuLayers: null,
    chatTemplate: null,
    onProgress: () => undefined,
  });
  const { ram } = await model.estimateEmbeddingContext();
  await model.dispose();
  return ram;
}

function expectClose(measured: number, estimated: number, marginMib: number): void {
  expect(measured / MIB).toBeGreaterThan(1);
  expect(measured).toBeLessThanOrEqual(estimated);
  expect((estimated - measured) / MIB).toBeLessThanOrEqual(marginMib);
}

describe.runIf(platform() === 'linux').each(['models/tiny-llama.gguf', 'models/tiny-phi2.gguf'])('%s', (path) => {
  test.each([
    [256, 1],
    [2048, 4],
    [2048, 16],
  ])(
    'with %i tokens and %i sequences takes at most what is estimated, less by at most 40 MiB',
    async (context, sequences) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        PROGRAM,
        path,
        String(context),
        String(sequences),
      ]);
      const measured = JSON.parse(stdout) as { model: number; vectors: number };
      const { ram } = await estimate(path, context, sequences);
      expectClose(measured.model, ram, MARGIN_MIB);
      expectClose(measured.vectors, await estimateVectors(path, context), VECTORS_MARGIN_MIB);
    },
  );
});

test.runIf(platform() === 'linux')('an encoder takes at most what is estimated, its vectors included', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearthkey-estimate-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'bert.gguf');
  await writeModel('bert-tiny', MODEL_SHAPES['bert-tiny'], path);
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, path, '128', '1']);
  const measured = JSON.parse(stdout) as { model: number; vectors: number };
  const { ram, kvCache } = await estimate(path, 4096, 4);
  expect(kvCache).toBe(0);
  expectClose(measured.model + measured.vectors, ram, MARGIN_MIB);
});

test('the KV cache is exactly that of the dimensions, and smaller numbers take less', async () => {
  // 4 layers, 2 heads of keys and values of 32 numbers each, keys and values, 2 bytes a number.
  const perToken = 4 * 2 * 32 * 2 * 2;
  expect((await estimate('models/tiny-llama.gguf', 1024, 4)).kvCache).toBe(1024 * 4 * perToken);
  // q8_0 stores 32 numbers in 34 bytes.
  expect((await estimate('models/tiny-llama.gguf', 1024, 4, 'q8_0')).kvCache).toBe((1024 * 4 * perToken * 34) / 64);
});

test('attention is plain on a CPU, unless the cache is quantised, and what that takes is estimated', async () => {
  const estimator = await MemoryEstimator.read(llama, 'models/tiny-llama.gguf');
  const question = { contextSize: 2048, sequences: 4, gpuLayers: null, kvCacheType: 'f16' } as const;
  const byItself = await estimator.estimate({ ...question, flashAttention: 'auto' });
  expect(byItself).toEqual(await estimator.estimate({ ...question, flashAttention: 'off' }));
  const { compute } = await estimator.estimate({ ...question, flashAttention: 'on' });
  expect(byItself.compute).not.toBe(compute);
  expect((await estimate('models/tiny-llama.gguf', 2048, 4, 'q8_0')).flashAttention).toBe('auto');
});

test('without a context size it is for the one that is then taken', async () => {
  expect(await estimate('models/tiny-llama.gguf', null, 4)).toEqual(await estimate('models/tiny-llama.gguf', 2048, 4));
});

test('the parts make the whole', async () => {
  const { weights, kvCache, compute, ram, gpu } = await estimate('models/tiny-phi2.gguf', 512, 2);
  expect(weights + kvCache + compute).toBe(ram + gpu);
  expect(gpu).toBe(0);
});
