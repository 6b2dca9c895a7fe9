// Tokens of a text and back, and vectors: exact, bounded, and in nobody's way.
import fc from 'fast-check';
import { getLlama, type Llama, type LlamaModel, type Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, request, readUntil, tinyEngine, TINY_LLAMA, TINY_PHI2 } from './tiny-engine.ts';
import { TEST_GPU } from '../llama-cpp/test-gpu.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import type { AnswerTo, QuestionOf, QuestionType } from '../../../inference-node/engine/model-questions.ts';

const PATHS = { 'tiny-llama': TINY_LLAMA, 'tiny-phi2': TINY_PHI2 } as const;
const MODELS = ['tiny-llama', 'tiny-phi2'] as const;

let engine: Engine;
let llama: Llama;
const plain = new Map<string, LlamaModel>();

beforeAll(async () => {
  engine = await tinyEngine(MODELS.map((id) => ({ id, path: PATHS[id], sequences: 2, contextSize: 256 })));
  llama = await getLlama({ gpu: TEST_GPU, build: 'never' });
  for (const id of MODELS) plain.set(id, await llama.loadModel({ modelPath: PATHS[id] }));
});
afterAll(async () => {
  await engine.close();
  await llama.dispose();
});

function plainModel(id: string): LlamaModel {
  const model = plain.get(id);
  if (model === undefined) throw new Error(`${id} is not loaded`);
  return model;
}

function question<Type extends QuestionType>(
  asked: QuestionOf<Type>,
  { model = 'tiny-llama', signal = new AbortController().signal, account = 'account1' } = {},
): Promise<AnswerTo<Type>> {
  return engine.ask<Type>({ account, priority: 'normal', model }, asked, signal);
}

function tokenize(text: string, options: { model?: string; addBeginning?: boolean; readControl?: boolean } = {}) {
  const { model, addBeginning = false, readControl = true } = options;
  const source = { text, addBeginning, readControl };
  const named = model === undefined ? {} : { model };
  return question<'tokenize'>({ type: 'tokenize', source, withPieces: true }, named);
}

async function embed(text: string, model: string = 'tiny-llama'): Promise<Float32Array> {
  const { tokens } = await question<'embedding_tokens'>(
    { type: 'embedding_tokens', input: text, dimensions: null },
    { model },
  );
  return (await question<'embed'>({ type: 'embed', tokens, dimensions: null }, { model })).vector;
}

describe.each(MODELS)('tokens of %s', (model) => {
  test("are the model's own, and go back to the very text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const { tokens } = await tokenize(text, { model, readControl: false });
        expect(tokens).toEqual([...plainModel(model).tokenize(text)]);
        const back = await question<'detokenize'>({ type: 'detokenize', tokens }, { model });
        expect(back.text).toBe(plainModel(model).detokenize(tokens as Token[], true));
      }),
      { numRuns: 200 },
    );
  });

  test('have their texts, one each', async () => {
    const { tokens, pieces } = await tokenize('An API key names its caller. Ж 😀', { model });
    expect(pieces).toHaveLength(tokens.length);
    expect(pieces?.join('').trim()).toContain('An API key names its caller.');
  });
});

describe('the texts of control tokens', () => {
  test('are those tokens, unless they are to be text', async () => {
    const text = '<|im_start|>user';
    const [control, letters] = [await tokenize(text), await tokenize(text, { readControl: false })];
    expect(control.tokens.length).toBeLessThan(letters.tokens.length);
    expect(control.pieces?.[0]).toBe('<|im_start|>');
    const back = await question<'detokenize'>({ type: 'detokenize', tokens: control.tokens });
    expect(back.text).toBe(text);
  });
});

describe('long texts', () => {
  test.each([
    ['letters without a space', 'a'.repeat(200_000)],
    ['line breaks', '\n'.repeat(200_000)],
    ['words', 'An API key names its caller. '.repeat(8_000)],
  ])('of %s are read whole, while a generation goes on', async (_, text) => {
    const generation = engine.generate(request({ maxTokens: 100 }), new AbortController().signal);
    const events = generation.events[Symbol.asyncIterator]();
    await readUntil(events, 'text');
    const reading = question<'tokenize'>({
      type: 'tokenize',
      source: { text, addBeginning: false, readControl: true },
      withPieces: false,
    });
    await readUntil(events, 'text');
    const { tokens } = await reading;
    const { text: back } = await question<'detokenize'>({ type: 'detokenize', tokens });
    expect(back).toBe(text);
    await readUntil(events, 'finished');
  });
});

describe('a chat', () => {
  test('has as many tokens as its generation is charged for', async () => {
    const messages = [{ role: 'user' as const, content: 'What is an API key? <|im_end|>' }];
    const { tokens } = await question<'tokenize'>({
      type: 'tokenize',
      source: { messages, tools: null },
      withPieces: false,
    });
    const { result } = await ask(engine, { prompt: { messages }, maxTokens: 1 });
    expect(tokens).toHaveLength(result.promptTokens);
  });

  test('that does not fit is refused', async () => {
    const messages = [{ role: 'user' as const, content: 'word '.repeat(600) }];
    const source = { messages, tools: null };
    await expect(question<'tokenize'>({ type: 'tokenize', source, withPieces: false })).rejects.toMatchObject({
      code: 'context_length_exceeded',
      param: 'messages',
    });
  });
});

describe.each(MODELS)('a vector of %s', (model) => {
  test("is llama.cpp's own, of length 1, whatever was computed before", async () => {
    const context = await plainModel(model).createEmbeddingContext({ contextSize: 257 });
    for (const text of ['An API key', 'Revoke it.', 'word '.repeat(100), 'An API key']) {
      const { vector: expected } = await context.getEmbeddingFor(text);
      const length = Math.hypot(...expected);
      const vector = await embed(text, model);
      expect(vector).toHaveLength(expected.length);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      for (const [index, value] of vector.entries()) expect(value).toBeCloseTo((expected[index] ?? NaN) / length, 3);
    }
    await context.dispose();
  });
});

test('vectors and generations side by side change nothing of each other', async () => {
  const alone = await ask(engine, { maxTokens: 40 });
  const vector = await embed('An API key');
  const [beside, ...vectors] = await Promise.all([
    ask(engine, { maxTokens: 40 }),
    ...Array.from({ length: 8 }, () => embed('An API key')),
  ]);
  expect(beside.text).toBe(alone.text);
  for (const other of vectors) expect(other).toEqual(vector);
});

describe('what cannot be answered is refused', () => {
  test('an input longer than the context', async () => {
    const long = question<'embedding_tokens'>({
      type: 'embedding_tokens',
      input: 'word '.repeat(600),
      dimensions: null,
    });
    await expect(long).rejects.toMatchObject({ code: 'context_length_exceeded', param: 'input' });
  });

  test.each([
    [{ type: 'detokenize', tokens: [9_999_999] }, 'tokens'],
    [{ type: 'embedding_tokens', input: [9_999_999], dimensions: null }, 'input'],
  ] as const)('a token that the model does not have: %j', async (asked, param) => {
    await expect(question(asked)).rejects.toMatchObject({ code: 'invalid_value', param });
  });

  test('a model that is not there', async () => {
    const asked = question<'detokenize'>({ type: 'detokenize', tokens: [] }, { model: 'other' });
    await expect(asked).rejects.toMatchObject({ code: 'model_not_found' });
  });

  test('a flood of one account, while others still get in', async () => {
    const text = 'a'.repeat(100_000);
    const source = { text, addBeginning: false, readControl: true };
    const flood = Array.from({ length: 80 }, () =>
      question<'tokenize'>({ type: 'tokenize', source, withPieces: false }, { account: 'flood' }).then(
        () => 'answered',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    const other = question<'detokenize'>({ type: 'detokenize', tokens: [] }, { account: 'other' });
    await expect(other).resolves.toEqual({ text: '' });
    const ends = await Promise.all(flood);
    expect(new Set(ends)).toEqual(new Set(['answered', 'queue_full']));
  });
});

test('an abort ends the wait at once, and the next question is answered', async () => {
  const controller = new AbortController();
  const source = { text: 'a'.repeat(1_000_000), addBeginning: false, readControl: true };
  const reading = question<'tokenize'>({ type: 'tokenize', source, withPieces: true }, { signal: controller.signal });
  controller.abort(new Error('no more'));
  await expect(reading).rejects.toThrow('no more');
  await expect(question<'detokenize'>({ type: 'detokenize', tokens: [] })).resolves.toEqual({ text: '' });
});
