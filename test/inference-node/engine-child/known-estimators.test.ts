import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { KnownEstimators } from '../../../inference-node/engine-child/known-estimators.ts';
import { loadLlama } from '../../../inference-node/llama-cpp/load-llama.ts';

test('a file is read once, and again when another one has taken its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'estimators-'));
  const llama = await loadLlama(false, () => undefined);
  onTestFinished(async () => {
    await llama.dispose();
    await rm(folder, { recursive: true });
  });
  const path = join(folder, 'model.gguf');
  await copyFile('models/tiny-llama.gguf', path);
  const estimators = new KnownEstimators(llama);
  const first = await estimators.of(path);
  expect(await estimators.of(path)).toBe(first);
  await copyFile('models/tiny-phi2.gguf', path);
  const second = await estimators.of(path);
  expect(second).not.toBe(first);
  expect(second.parameters).not.toBe(first.parameters);
});
