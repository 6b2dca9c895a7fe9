import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, read, readUntil, request, tinyEngine, TINY_LLAMA, type RequestChange } from './tiny-engine.ts';
import type { Engine, Generation, ModelStats } from '../../../inference-node/engine/engine.ts';

/** Goes on until the context is full, or somebody stops it. */
const ENDLESS = {
  prompt: { text: 'xq zv' },
  sampling: { temperature: 2, topK: 40, minP: 0.05, seed: 3 },
  maxTokens: null,
};

let engine: Engine;
beforeAll(async () => {
  engine = await tinyEngine([
    { id: 'tiny-llama', path: TINY_LLAMA, sequences: 2 },
    { id: 'one-at-a-time', path: TINY_LLAMA, sequences: 1, maxWaiting: 2 },
  ]);
});
afterAll(() => engine.close());

type Running = {
  generation: Generation;
  abort: () => void;
  events: ReturnType<Generation['events'][typeof Symbol.asyncIterator]>;
};

function begin(change: RequestChange): Running {
  const controller = new AbortController();
  const generation = engine.generate(request(change), controller.signal);
  return {
    generation,
    abort: () => {
      controller.abort();
    },
    events: generation.events[Symbol.asyncIterator](),
  };
}

function statsOf(model: string): ModelStats {
  const stats = engine.stats().models.find((candidate) => candidate.model === model);
  if (stats === undefined) throw new Error(`no stats of ${model}`);
  return stats;
}

describe('a cancel', () => {
  test('of a running generation frees its sequence for the next call', async () => {
    const running = begin({ ...ENDLESS, model: 'one-at-a-time' });
    await readUntil(running.events, 'text');
    const next = ask(engine, { model: 'one-at-a-time' });
    running.abort();
    expect(await running.events.next()).toEqual({ done: true, value: undefined });
    expect((await next).result.finishReason).toBe('stop');
    expect(running.generation.progress.completionTokens).toBeGreaterThan(0);
  });

  test('by leaving the loop does the same', async () => {
    const running = begin({ ...ENDLESS, model: 'one-at-a-time' });
    for await (const event of running.generation.events) if (event.type === 'text') break;
    expect((await ask(engine, { model: 'one-at-a-time' })).result.finishReason).toBe('stop');
  });

  test('in the queue gives the place back, and nothing is generated for it', async () => {
    const running = begin({ ...ENDLESS, model: 'one-at-a-time' });
    await readUntil(running.events, 'accepted');
    const waiting = [begin({ model: 'one-at-a-time' }), begin({ model: 'one-at-a-time' })];
    for (const call of waiting) await readUntil(call.events, 'accepted');
    await expect(ask(engine, { model: 'one-at-a-time' })).rejects.toMatchObject({ code: 'queue_full' });
    waiting[0]!.abort();
    const next = begin({ model: 'one-at-a-time' });
    await readUntil(next.events, 'accepted');
    running.abort();
    expect((await rest(waiting[1]!)).at(-1)).toMatchObject({ type: 'finished' });
    expect((await rest(next)).at(-1)).toMatchObject({ type: 'finished' });
    expect(waiting[0]!.generation.progress).toMatchObject({ completionTokens: 0, firstTokenMs: null });
  });

  test('between two pieces of a long prompt stops the rest of it', async () => {
    const before = statsOf('tiny-llama').prefillTokens;
    const long = begin({ account: 'long', prompt: { text: 'word '.repeat(1500) } });
    await readUntil(long.events, 'accepted');
    long.abort();
    await ask(engine, { account: 'after' });
    expect(statsOf('tiny-llama').prefillTokens - before).toBeLessThan(long.generation.progress.promptTokens);
  });

  test('before the start generates nothing', async () => {
    const generation = engine.generate(request(), AbortSignal.abort());
    expect(await generation.events[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
});

describe('the queue', () => {
  test('refuses when it is full, and says when to come back', async () => {
    const calls = [
      begin({ ...ENDLESS, model: 'one-at-a-time' }),
      begin({ model: 'one-at-a-time' }),
      begin({ model: 'one-at-a-time' }),
    ];
    for (const call of calls) await readUntil(call.events, 'accepted');
    const refused = ask(engine, { model: 'one-at-a-time' });
    await expect(refused).rejects.toMatchObject({
      code: 'queue_full',
      retryAfterSeconds: expect.any(Number) as unknown,
    });
    expect(engine.models().find((model) => model.id === 'one-at-a-time')).toMatchObject({ running: 1, waiting: 2 });
    calls[0]!.abort();
    await Promise.all(calls.slice(1).map(rest));
  });
});

describe('batches', () => {
  test('really form: two streams share nearly every step', async () => {
    const before = statsOf('tiny-llama');
    const pair = ['a', 'b'].map((account) => ask(engine, { ...ENDLESS, account, maxTokens: 200 }));
    const [first, second] = await Promise.all(pair);
    const after = statsOf('tiny-llama');
    const shared = (after.stepsByCalls[2] ?? 0) - (before.stepsByCalls[2] ?? 0);
    const shorter = Math.min(first!.result.completionTokens, second!.result.completionTokens);
    expect(shared).toBeGreaterThanOrEqual(shorter - 5);
    expect(after.completionTokens - before.completionTokens).toBeLessThanOrEqual(402);
  });
});

describe('counters', () => {
  test('go back to nothing running when all is done', async () => {
    await read(begin({ maxTokens: 2 }).generation);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (statsOf('tiny-llama').running === 0) resolve(undefined);
      else setImmediate(look);
    };
    look();
    await promise;
    expect(statsOf('tiny-llama')).toMatchObject({ running: 0, waiting: 0 });
  });
});

async function rest({ events }: Running) {
  const all = [];
  for (let next = await events.next(); next.done !== true; next = await events.next()) all.push(next.value);
  return all;
}
