// What a models file says of a model reaches llama.cpp.
import { expect, test } from 'vitest';
import { ask, chatPrompt, TINY_LLAMA, TINY_PHI2, tinyEngine } from './tiny-engine.ts';

test('a quantised KV cache with flash attention answers; aliases and default max_tokens are told', async () => {
  const engine = await tinyEngine([
    {
      ...{ id: 'tiny-llama', path: TINY_LLAMA, aliases: ['gpt-4o-mini'], defaultMaxTokens: 5 },
      ...{ contextSize: 256, sequences: 1, kvCacheType: 'q8_0', flashAttention: 'on', gpuLayers: 2 },
    },
  ]);
  try {
    expect(engine.models()).toMatchObject([{ aliases: ['gpt-4o-mini'], defaultMaxTokens: 5, contextLength: 256 }]);
    const { result } = await ask(engine, { maxTokens: null });
    expect(result.completionTokens).toBe(5);
  } finally {
    await engine.close();
  }
});

test("a chat template replaces the file's own", async () => {
  const chatTemplate = 'Q: {{ messages[0].content }} A:';
  const engine = await tinyEngine([
    { id: 'tiny-llama', path: TINY_LLAMA, contextSize: 256, sequences: 1, chatTemplate },
  ]);
  try {
    const messages = [{ role: 'user', content: 'What is an API key?' }] as const;
    const templated = await ask(engine, { prompt: { messages }, maxTokens: 8 });
    const same = await ask(engine, { prompt: { text: 'Q: What is an API key? A:' }, maxTokens: 8 });
    const own = await ask(engine, { prompt: { text: chatPrompt('What is an API key?') }, maxTokens: 8 });
    expect(templated.result.promptTokens).toBe(same.result.promptTokens);
    expect(templated.text).toBe(same.text);
    expect(templated.result.promptTokens).not.toBe(own.result.promptTokens);
  } finally {
    await engine.close();
  }
});

test('a fingerprint stays with file and settings, and changes with either', async () => {
  const fingerprints = await Promise.all(
    [
      { path: TINY_LLAMA, contextSize: 256 },
      { path: TINY_LLAMA, contextSize: 256 },
      { path: TINY_LLAMA, contextSize: 128 },
      { path: TINY_PHI2, contextSize: 256 },
    ].map(async (settings) => {
      const engine = await tinyEngine([{ id: 'model', sequences: 1, ...settings }]);
      const traits = engine.traitsOf('model');
      await engine.close();
      return traits?.fingerprint;
    }),
  );
  expect(fingerprints[0]).toMatch(/^fp_[0-9a-f]{10}$/);
  expect(fingerprints[1]).toBe(fingerprints[0]);
  expect(new Set(fingerprints).size).toBe(3);
});
