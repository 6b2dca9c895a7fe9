import { getLlama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GREEDY } from './greedy.ts';
import { INSTALLED_VERSION } from './plain-evaluation.ts';
import { BatchContext } from '../../../inference-node/llama-cpp/batch-context.ts';
import { nativeContext } from '../../../inference-node/llama-cpp/native.ts';
import { foldSeed } from '../../../inference-node/llama-cpp/token-sampler.ts';

let llama: Awaited<ReturnType<typeof getLlama>>;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never' });
});
afterAll(() => llama.dispose());

describe("node-llama-cpp's private members, which llama-cpp/native.ts relies on", () => {
  test('are those of the version that is installed', () => {
    expect(INSTALLED_VERSION).toBe('3.22.1');
  });

  test('decode, sample, forget and cut a sequence', async () => {
    const model = await llama.loadModel({ modelPath: 'models/tiny-llama.gguf' });
    const context = await BatchContext.create(llama, model, {
      ...{ contextSize: 256, sequences: 2, threads: 1 },
      ...{ kvCacheType: 'f16', flashAttention: 'auto' },
    });
    const greedy = context.createSampler(GREEDY, { prompt: [], maxTokens: 8 });
    const prompt = model.tokenize('<|im_start|>user\nhi<|im_end|>\n', true);
    const whole = { sequence: 1, firstPosition: 0, tokens: prompt, sampler: greedy };
    const [first] = await context.step([whole]);
    expect(context.keepPrefix(1, prompt.length - 1)).toBe(true);
    const last = { ...whole, firstPosition: prompt.length - 1, tokens: prompt.slice(-1) };
    const [again, nothing] = await context.step([last, { ...whole, sequence: 0, sampler: null }]);
    expect(again).toEqual(first);
    expect(nothing).toBeNull();
    context.clear(1);
    expect(await context.step([whole])).toEqual([first]);
    greedy.dispose();
    await model.dispose();
  });

  test('that are gone are a clear error', () => {
    const stranger: unknown = {};
    expect(() => nativeContext(stranger)).toThrow(/node-llama-cpp has changed: LlamaContext\._ctx/);
  });
});

test('seeds are folded into 32 bits: small ones stay, none becomes the one that means random', () => {
  expect([0, 1, 42, 2 ** 31].map(foldSeed)).toEqual([0, 1, 42, 2 ** 31]);
  for (const seed of [2 ** 32 - 1, -1, -(2 ** 53), 2 ** 53]) {
    expect(foldSeed(seed)).toBeGreaterThanOrEqual(0);
    expect(foldSeed(seed)).toBeLessThan(2 ** 32 - 1);
  }
});
