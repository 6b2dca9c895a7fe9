// A model that only makes vectors, of random weights: its vectors are llama.cpp's own, it is asked for no text, and whatever is asked of
// it, the engine stays up.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, tinyEngine, TINY_LLAMA } from './tiny-engine.ts';
import { MODEL_SHAPES } from '../../../bench/gguf/model-shapes.ts';
import { writeModel } from '../../../bench/gguf/write-model.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { checkGgufFile } from '../../../inference-node/gguf/check-gguf-file.ts';

const TRAINED_TOKENS = MODEL_SHAPES['bert-tiny'].contextLength;
/** The model puts one token before a text and one behind it. */
const LONGEST = 'a'.repeat(TRAINED_TOKENS - 2);
const asker = { model: 'bert', account: 'account1', priority: 'normal' } as const;
const never = new AbortController().signal;

let folder: string;
let path: string;
let engine: Engine;
let plain: LlamaModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthkey-encoder-'));
  path = join(folder, 'bert.gguf');
  await writeModel('bert-tiny', MODEL_SHAPES['bert-tiny'], path);
  engine = await tinyEngine(
    [
      { id: 'bert', path, contextSize: 4096, load: 'on_demand' },
      { id: 'tiny-llama', path: TINY_LLAMA, sequences: 1 },
    ],
    { gpu: false },
  );
  const llama = await getLlama({ gpu: false, build: 'never' });
  plain = await llama.loadModel({ modelPath: path });
});
afterAll(async () => {
  await engine.close();
  await plain.llama.dispose();
  await rm(folder, { recursive: true });
});

async function embed(input: string): Promise<{ vector: Float32Array; count: number }> {
  const question = { type: 'embedding_tokens', input, dimensions: null } as const;
  const { tokens, count } = await engine.ask<'embedding_tokens'>(asker, question, never);
  const { vector } = await engine.ask<'embed'>(asker, { type: 'embed', tokens, dimensions: null }, never);
  return { vector, count };
}

test('its file is sound', async () => {
  expect(await checkGgufFile(path)).toMatchObject({ ok: true, facts: { architecture: 'bert' } });
});

test("its vectors are llama.cpp's own, of length 1, whatever was computed before", async () => {
  const context = await plain.createEmbeddingContext({ contextSize: TRAINED_TOKENS, batchSize: TRAINED_TOKENS });
  for (const text of ['An API key', 'revoke it.', 'a b c '.repeat(20), 'An API key', 'x']) {
    const { vector: expected } = await context.getEmbeddingFor(text);
    const length = Math.hypot(...expected);
    const { vector, count } = await embed(text);
    expect(count).toBe(context.calculateInputLength(text));
    expect(vector).toHaveLength(MODEL_SHAPES['bert-tiny'].width);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    for (const [index, value] of vector.entries()) expect(value).toBeCloseTo((expected[index] ?? NaN) / length, 5);
  }
  await context.dispose();
});

describe('a text as long as it was trained for', () => {
  test('is read as a whole: its last word counts', async () => {
    const [one, other] = [await embed(LONGEST), await embed(`${LONGEST.slice(0, -1)}b`)];
    expect(one.count).toBe(TRAINED_TOKENS);
    expect(one.vector).not.toEqual(other.vector);
  });

  test('may not be a token longer, whatever context size is set', async () => {
    expect(engine.models().find(({ id }) => id === 'bert')).toMatchObject({ contextLength: TRAINED_TOKENS });
    await expect(embed(`${LONGEST}a`)).rejects.toMatchObject({ code: 'context_length_exceeded', param: 'input' });
    expect((await embed('still there')).vector).toHaveLength(MODEL_SHAPES['bert-tiny'].width);
  });
});

test.each([
  ['a chat', { messages: [{ role: 'user' as const, content: 'hi' }] }],
  ['a completion', { text: 'hi' }],
  ['tokens', { tokens: [4, 5] }],
])('asked for text by %s it refuses, and says where to send it', async (_, prompt) => {
  await expect(ask(engine, { model: 'bert', prompt })).rejects.toMatchObject({
    code: 'invalid_value',
    status: 400,
    param: 'model',
    message: expect.stringContaining('/v1/embeddings') as unknown,
  });
  expect(engine.stats().restarts).toBe(0);
});

test('its tokens are told, and go back to the text', async () => {
  const source = { text: 'a key', addBeginning: false, readControl: false };
  const { tokens } = await engine.ask<'tokenize'>(asker, { type: 'tokenize', source, withPieces: true }, never);
  expect(tokens).toEqual([...plain.tokenize('a key')]);
  const { text } = await engine.ask<'detokenize'>(asker, { type: 'detokenize', tokens }, never);
  expect(text.trim()).toBe('a key');
});

test('vectors and another model’s answers side by side change nothing of each other', async () => {
  const [alone, { vector }] = [await ask(engine, { maxTokens: 40 }), await embed('a key')];
  const [beside, ...others] = await Promise.all([
    ask(engine, { maxTokens: 40 }),
    ...Array.from({ length: 8 }, () => embed('a key')),
  ]);
  expect(beside.text).toBe(alone.text);
  for (const other of others) expect(other.vector).toEqual(vector);
});
