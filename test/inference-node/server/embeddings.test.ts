// A call for vectors is counted once, by all of its tokens, or not at all when it could not be taken.
import { expect, test, vi } from 'vitest';
import type { ModelSettings } from '../../../inference-node/engine/engine-options.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { embeddingsSchema } from '../../../protocol/inference/embeddings.ts';
import { errorBodySchema } from '../../../protocol/errors/error-body.ts';
import { tinyEngine, TINY_LLAMA } from '../engine/tiny-engine.ts';
import { startNodeWith, type NodeUnderTest } from './node-under-test.ts';

const PATH = '/v1/embeddings';

// The node ends its engine with itself: every node has its own.
const startEngine = (settings: ModelSettings = {}) =>
  tinyEngine([{ id: 'tiny-llama', path: TINY_LLAMA, sequences: 1, contextSize: 128, ...settings }]);

async function embed(body: object, node?: NodeUnderTest<Engine>) {
  const asked = node ?? (await startNodeWith(await startEngine()));
  const answer = await asked.call({ path: PATH, body: JSON.stringify({ model: 'tiny-llama', ...body }) });
  return { answer, value: (await answer.json()) as unknown, records: await asked.records() };
}

test('every input has its vector, and the record the tokens of all', async () => {
  const { answer, value, records } = await embed({ input: ['An API key', 'Revoke it.'] });
  const { data, usage, model } = embeddingsSchema.parse(value);
  expect(data.map(({ index }) => index)).toEqual([0, 1]);
  expect(model).toBe('tiny-llama');
  expect(usage.prompt_tokens).toBeGreaterThan(4);
  expect(answer.headers.get('x-hearthkey-prompt-tokens')).toBe(String(usage.prompt_tokens));
  expect(answer.headers.get('x-hearthkey-completion-tokens')).toBe('0');
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({ promptTokens: usage.prompt_tokens, completionTokens: 0, outcome: 'stop' });
});

test('base64 holds the same numbers', async () => {
  const node = await startNodeWith(await startEngine());
  const floats = embeddingsSchema.parse((await embed({ input: 'An API key' }, node)).value).data[0]?.embedding;
  const { value } = await embed({ input: 'An API key', encoding_format: 'base64' }, node);
  const text = embeddingsSchema.parse(value).data[0]?.embedding;
  if (typeof text !== 'string') throw new Error('no base64');
  const bytes = Buffer.from(text, 'base64');
  const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  expect(numbers).toEqual(floats);
});

test('dimensions: the lengths that the operator allows, scaled to length 1 again, and no others', async () => {
  const node = await startNodeWith(await startEngine({ embeddingDimensions: [64, 32, 100_000] }));
  const vectorOf = async (dimensions?: number): Promise<number[]> => {
    const { value } = await embed({ input: 'An API key', ...(dimensions === undefined ? {} : { dimensions }) }, node);
    const [first] = embeddingsSchema.parse(value).data;
    if (typeof first?.embedding !== 'object') throw new Error('no vector');
    return first.embedding;
  };
  const whole = await vectorOf();
  expect(await vectorOf(whole.length)).toEqual(whole);
  for (const dimensions of [32, 64]) {
    const cut = await vectorOf(dimensions);
    const length = Math.hypot(...whole.slice(0, dimensions));
    expect(cut).toHaveLength(dimensions);
    for (const [index, value] of cut.entries()) expect(value).toBeCloseTo((whole[index] ?? NaN) / length, 5);
  }
  const { answer, value } = await embed({ input: 'An API key', dimensions: 33 }, node);
  expect(answer.status).toBe(400);
  expect(errorBodySchema.parse(value).error).toMatchObject({
    code: 'unsupported_parameter',
    param: 'dimensions',
    message: `This model's vectors can have ${whole.length}, 64, 32 dimensions. Send one of these, or leave 'dimensions' out.`,
  });
});

test('what cannot be taken whole is refused, and counts nothing', async () => {
  const node = await startNodeWith(await startEngine());
  for (const [body, code, param] of [
    [{ input: ['short', 'word '.repeat(400)] }, 'context_length_exceeded', 'input'],
    [{ input: [[1, 2], [9_999_999]] }, 'invalid_value', 'input'],
    [{ input: 'short', dimensions: 3 }, 'unsupported_parameter', 'dimensions'],
    [{ input: [] }, 'invalid_value', 'input'],
    [{ input: '' }, 'invalid_value', 'input'],
    [{ input: 'short', encoding_format: 'int8' }, 'invalid_value', 'encoding_format'],
    [{ input: 'short', model: 'other' }, 'model_not_found', 'model'],
  ] as const) {
    const { value, records } = await embed(body, node);
    expect(errorBodySchema.parse(value).error, JSON.stringify(body)).toMatchObject({ code, param });
    expect(records).toEqual([]);
  }
});

test('a caller that leaves ends the work, and is charged for what it sent', async () => {
  const engine = await startEngine();
  const node = await startNodeWith(engine, { maxBodyBytes: 1_048_576 });
  const asked = vi.spyOn(engine, 'ask');
  const controller = new AbortController();
  const body = JSON.stringify({ model: 'tiny-llama', input: Array.from({ length: 512 }, () => 'word '.repeat(100)) });
  const refused = node.call({ path: PATH, body }, { signal: controller.signal });
  await vi.waitUntil(() => asked.mock.lastCall?.[1].type === 'embed', { timeout: 20_000 });
  controller.abort();
  await expect(refused).rejects.toThrow();
  const [record] = await vi.waitUntil(async () => {
    const records = await node.records();
    return records.length > 0 && records;
  });
  expect(record).toMatchObject({ outcome: 'cancelled', completionTokens: 0 });
  expect(record?.promptTokens).toBeGreaterThan(512 * 100);
  expect(asked.mock.calls.filter(([, { type }]) => type === 'embed').length).toBeLessThan(512);
});
