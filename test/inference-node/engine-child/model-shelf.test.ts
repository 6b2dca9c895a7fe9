// Models come and go by demand: never more of them than there is room for, never one away that is busy or kept, and every call
// gets its model or an answer.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { settle, shelfWith } from './test-shelf.ts';
import type { ModelOptions } from '../../../inference-node/engine/engine-options.ts';

describe('a call', () => {
  test('of a model that is not there loads it, once for all that wait, and later calls have it at once', async () => {
    const { keeper, call, use } = shelfWith({ a: 10 });
    expect(await Promise.all([call('a').outcome, call('a').outcome])).toEqual([{ model: 'a' }, { model: 'a' }]);
    expect(await use('a')).toEqual({ model: 'a' });
    expect(keeper.events).toEqual(['load a', 'loaded a']);
  });

  test('of a model that is not known is refused', async () => {
    const { use } = shelfWith({ a: 10 });
    expect(await use('b')).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });

  test('waits so long and no longer; then 503 with the time that is left, as far as one knows', async () => {
    const { keeper, call, use } = shelfWith({ a: 10 }, { loadWaitMs: 50 });
    keeper.gates = new Map();
    expect(await call('a').outcome).toMatchObject({
      error: { code: 'model_loading', status: 503, retryAfterSeconds: 1 },
    });
    // The load goes on for who comes again.
    keeper.gates.get('a')?.();
    await settle();
    expect(await use('a')).toEqual({ model: 'a' });
  });

  test('that leaves while it waits leaves nothing behind', async () => {
    const { shelf, keeper, call } = shelfWith({ a: 10, b: 95 });
    keeper.gates = new Map();
    const { id } = call('a');
    await settle();
    shelf.end(id);
    keeper.gates.get('a')?.();
    await settle();
    keeper.gates = null;
    expect(await call('b').outcome).toEqual({ model: 'b' });
  });

  test('is refused when too many wait already', async () => {
    const { keeper, call } = shelfWith({ a: 10 });
    keeper.gates = new Map();
    const waiting = Array.from({ length: 64 }, () => call('a'));
    expect(await call('a').outcome).toMatchObject({ error: { code: 'queue_full' } });
    await settle();
    keeper.gates.get('a')?.();
    expect(await Promise.all(waiting.map(({ outcome }) => outcome))).toHaveLength(64);
  });
});

describe('where there is no room', () => {
  test('the model goes that was used the longest ago', async () => {
    const { keeper, use } = shelfWith({ a: 40, b: 40, c: 40 });
    await use('a');
    await use('b');
    await use('a');
    await use('c');
    expect(keeper.events.filter((event) => event.startsWith('unloaded'))).toEqual(['unloaded b']);
  });

  test('as many go as are in the way, and none where that would not do', async () => {
    const { keeper, use } = shelfWith({ a: 30, b: 30, big: 90, huge: 101 });
    await use('a');
    await use('b');
    await use('big');
    expect(keeper.events.slice(-4)).toEqual(['unloaded a', 'unloaded b', 'load big', 'loaded big']);
    expect(await use('huge')).toMatchObject({ error: { code: 'model_unavailable', status: 503 } });
    expect(keeper.events.at(-1)).toBe('loaded big');
    expect(keeper.problems).toEqual([expect.stringMatching(/^\/m\/huge\.gguf needs 1 MiB of memory for 4 calls/)]);
  });

  test('a busy model never goes: the call waits until it is idle', async () => {
    const { shelf, keeper, call, use } = shelfWith({ a: 60, b: 60 });
    const busy = call('a');
    await busy.outcome;
    const waiting = call('b');
    await settle();
    expect(keeper.events).toEqual(['load a', 'loaded a']);
    // It answers others meanwhile.
    expect(await use('a')).toEqual({ model: 'a' });
    shelf.end(busy.id);
    expect(await waiting.outcome).toEqual({ model: 'b' });
    expect(keeper.events).toEqual(['load a', 'loaded a', 'unloaded a', 'load b', 'loaded b']);
  });

  test('a call that comes while its model leaves gets it again', async () => {
    const { call, use } = shelfWith({ a: 60, b: 60 });
    await use('a');
    const [b, a] = [call('b'), call('a')];
    // Both were called in one turn, `a` while it was there.
    expect(await a.outcome).toEqual({ model: 'a' });
    await settle();
    expect(await Promise.race([b.outcome, Promise.resolve('waits')])).toBe('waits');
  });

  test('memory_limit counts as the room, and `none` as any', async () => {
    const limited = shelfWith({ a: 30, b: 30 }, { memoryLimit: 50 });
    await limited.use('a');
    await limited.use('b');
    expect(limited.keeper.events).toContain('unloaded a');
    const free = shelfWith({ a: 90, b: 90 }, { memoryLimit: 'none' });
    await free.use('a');
    expect(await free.use('b')).toEqual({ model: 'b' });
    expect(free.keeper.events).not.toContain('unloaded a');
  });
});

describe('models of the start', () => {
  const KEPT: ModelOptions = { id: 'kept', path: '/m/kept.gguf', contextSize: 60 };

  test('are loaded before any call, and stay whatever is called', async () => {
    const { shelf, keeper, use } = shelfWith({}, { models: [KEPT, { ...KEPT, id: 'b', load: 'on_demand' }] });
    await shelf.loadFirst();
    expect(keeper.events).toEqual(['load kept', 'loaded kept']);
    expect(await use('b')).toMatchObject({ error: { code: 'model_unavailable' } });
    expect(shelf.loaded.map(({ id }) => id)).toEqual(['kept']);
  });

  test('for which there is no room stop the start with a sentence', async () => {
    const { shelf } = shelfWith({}, { models: [KEPT, { ...KEPT, id: 'second' }] });
    await expect(shelf.loadFirst()).rejects.toMatchObject({
      name: 'ModelLoadError',
      modelId: 'second',
      message: expect.stringMatching(/needs 1 MiB of memory .* 0 MiB are available: lower context_size/) as unknown,
    });
  });
});

test('a model that cannot be loaded refuses its calls, and those of the next half minute without a try', async () => {
  const { keeper, call, use } = shelfWith({ a: 10 });
  keeper.gates = new Map();
  const first = call('a');
  await settle();
  keeper.gates.get('a')?.(new Error('no such tensor'));
  expect(await first.outcome).toMatchObject({ error: { code: 'model_unavailable', retryAfterSeconds: 30 } });
  expect(keeper.problems).toEqual([
    'llama.cpp cannot load /m/a.gguf (no such tensor). Take another GGUF file of this model.',
  ]);
  expect(await use('a')).toMatchObject({ error: { code: 'model_unavailable' } });
  expect(keeper.events.filter((event) => event === 'load a')).toHaveLength(1);
});

describe('idle_unload', () => {
  test('lets a model go that nobody uses, and not one that is used', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { shelf, keeper, call, use } = shelfWith({ a: 10, b: 10 }, { idleUnloadMs: 10_000 });
    await use('a');
    const busy = call('b');
    await busy.outcome;
    vi.advanceTimersByTime(9_000);
    await use('a');
    vi.advanceTimersByTime(9_000);
    await settle();
    expect(shelf.loaded.map(({ id }) => id)).toEqual(['a', 'b']);
    vi.advanceTimersByTime(1_000);
    await settle();
    expect(keeper.events.at(-1)).toBe('unloaded a');
    expect(shelf.loaded.map(({ id }) => id)).toEqual(['b']);
    shelf.end(busy.id);
    vi.advanceTimersByTime(10_000);
    await settle();
    expect(shelf.loaded).toEqual([]);
  });
});
