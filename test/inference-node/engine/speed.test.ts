// How fast a model writes, as the node tells its gateway: what its own steps took, once it has written.
import { expect, test, vi } from 'vitest';
import type { LoadedModelFacts } from '../../../inference-node/engine/engine-messages.ts';
import type { ModelStats } from '../../../inference-node/engine/engine.ts';
import { ModelResidence } from '../../../inference-node/engine/model-residence.ts';
import { ask, tinyEngine, TINY_LLAMA } from './tiny-engine.ts';

test('a model that has written nothing yet has no speed; one that has, has one', async () => {
  await using engine = await closing(tinyEngine([{ id: 'tiny-llama', path: TINY_LLAMA, sequences: 2 }]));
  expect(engine.models()).toHaveLength(1);
  expect(engine.models()[0]).not.toHaveProperty('tokensPerSecond');
  await ask(engine, { maxTokens: 8 });
  // The engine's process tells what it counts a few times a second.
  await vi.waitFor(() => {
    expect(engine.models()[0]?.tokensPerSecond).toBeGreaterThan(0);
  });
});

test.each([
  [20, 50],
  [3_000, 0.33],
])('a token in %d ms is %d a second', (tokenMs, tokensPerSecond) => {
  const models = new ModelResidence([{ id: 'm' } as LoadedModelFacts]);
  expect(models.describe(0, [{ model: 'm', tokenMs } as ModelStats])).toMatchObject([{ id: 'm', tokensPerSecond }]);
});

async function closing(starting: ReturnType<typeof tinyEngine>) {
  const engine = await starting;
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}
