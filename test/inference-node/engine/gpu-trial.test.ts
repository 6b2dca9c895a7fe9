import { expect, test } from 'vitest';
import { GpuTrial } from '../../../inference-node/engine/gpu-trial.ts';

const LAST_WORDS = 'ggml-cuda.cu:108: CUDA error';

test('a GPU that aborts its trial is left for the CPU, with what is to be done', () => {
  const trial = new GpuTrial('auto');
  trial.begin();
  const failed = trial.end(LAST_WORDS);
  expect(failed).toMatchObject({
    onCpu: true,
    sentence: expect.stringMatching(/CUDA error\. The CPU .* update it/) as unknown,
  });
  expect(trial.choice).toBe(false);
  expect(trial.problem).toBe(`the GPU failed its trial: ${LAST_WORDS}`);
});

test('a GPU that was asked for by name is not replaced', () => {
  const trial = new GpuTrial('cuda');
  trial.begin();
  trial.note('out of memory');
  trial.note('what followed from it');
  expect(trial.end(null)).toMatchObject({
    onCpu: false,
    sentence: expect.stringMatching(/out of memory\. Most often/) as unknown,
  });
  expect(trial.choice).toBe('cuda');
});

test('a process that ends after its trial says nothing of the GPU', () => {
  const trial = new GpuTrial('auto');
  trial.begin();
  trial.pass();
  expect(trial.end(LAST_WORDS)).toBe(null);
  expect(trial.choice).toBe('auto');
  expect(trial.problem).toBe(null);
});
