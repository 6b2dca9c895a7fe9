// Memory that a model wants once it is in use is part of the account: taken only where there is room, and told.
import { describe, expect, test } from 'vitest';
import { BROKEN, settle, shelfWith, type Outcome, type TestModel } from './test-shelf.ts';
import type { ModelShelf } from '../../../inference-node/engine-child/model-shelf.ts';

describe('more memory for a model in use', () => {
  /** A call of a model, with the model. */
  async function using(
    shelf: ModelShelf<TestModel>,
    call: (model: string) => { id: number; outcome: Promise<Outcome> },
  ) {
    const { id, outcome } = call('a');
    await outcome;
    return { id, model: shelf.modelOf(id)! };
  }

  test('is taken where there is room, counts for who comes later, and is free again when the model leaves', async () => {
    const { shelf, keeper, call, use } = shelfWith({ a: 40, b: 50, c: 60 }, { memoryLimit: 100 });
    const { id, model } = await using(shelf, call);
    expect(await model.takeMore(20)).toBe('20 more');
    const b = call('b');
    await settle();
    expect(keeper.events).toEqual(['load a', 'loaded a', 'more a']);
    shelf.end(id);
    expect(await b.outcome).toEqual({ model: 'b' });
    shelf.end(b.id);
    await use('a');
    // 40 and 50 are held, and not 20 of before.
    expect(keeper.events.slice(3)).toEqual(['unloaded a', 'load b', 'loaded b', 'load a', 'loaded a']);
  });

  test('is made room for by a model that nobody uses', async () => {
    const { shelf, keeper, call, use } = shelfWith({ a: 40, b: 50 });
    await use('b');
    const { model } = await using(shelf, call);
    expect(await model.takeMore(30)).toBe('30 more');
    expect(keeper.events.slice(-2)).toEqual(['unloaded b', 'more a']);
  });

  test('that there is not is refused with a sentence, once in half a minute; the model goes on', async () => {
    const { shelf, keeper, call, use } = shelfWith({ a: 40 });
    const { model } = await using(shelf, call);
    const refused = { code: 'model_unavailable', retryAfterSeconds: 30 };
    await expect(model.takeMore(90)).rejects.toMatchObject(refused);
    await expect(model.takeMore(90)).rejects.toMatchObject(refused);
    expect(keeper.problems).toEqual([
      expect.stringMatching(/^\/m\/a\.gguf needs 1 MiB more of memory for vectors, and 0 MiB are available: lower/),
    ]);
    expect(keeper.events).not.toContain('more a');
    expect(await use('a')).toEqual({ model: 'a' });
  });

  test('that busy models hold is refused for some seconds, and no problem of the operator', async () => {
    const { shelf, keeper, call } = shelfWith({ a: 40, b: 50 });
    await call('b').outcome;
    const { model } = await using(shelf, call);
    await expect(model.takeMore(30)).rejects.toMatchObject({ code: 'model_unavailable', retryAfterSeconds: 5 });
    expect(keeper.problems).toEqual([]);
  });

  test('that cannot be taken though there is room for it is refused, and counts for nothing', async () => {
    const { shelf, keeper, call, use } = shelfWith({ a: 40, b: 60 });
    const { model } = await using(shelf, call);
    await expect(model.takeMore(BROKEN)).rejects.toMatchObject({ code: 'model_unavailable', retryAfterSeconds: 30 });
    expect(keeper.problems).toEqual(['/m/a.gguf has no memory for vectors (out of memory).']);
    expect(await use('b')).toEqual({ model: 'b' });
  });

  test('is refused to a model that leaves meanwhile, which is waited for', async () => {
    const { shelf, keeper, call } = shelfWith({ a: 40, b: 90 });
    const { id, model } = await using(shelf, call);
    const b = call('b');
    shelf.end(id);
    const more = model.takeMore(70);
    await expect(more).rejects.toMatchObject({ code: 'model_unavailable' });
    expect(await b.outcome).toEqual({ model: 'b' });
    expect(model.isClosed).toBe(true);
    expect(keeper.events).not.toContain('more a');
  });

  test('is refused when all ends', async () => {
    const { shelf, call } = shelfWith({ a: 40 });
    const { model } = await using(shelf, call);
    const more = model.takeMore(10);
    const closed = shelf.close();
    await expect(more).rejects.toMatchObject({ code: 'model_unavailable' });
    await expect(model.takeMore(10)).rejects.toMatchObject({ code: 'model_unavailable' });
    await closed;
    expect(model.isClosed).toBe(true);
  });

  test('is not looked at where nothing is checked', async () => {
    const { shelf, call } = shelfWith({ a: 40 }, { memoryLimit: 'none' });
    const { model } = await using(shelf, call);
    expect(await model.takeMore(1000)).toBe('1000 more');
  });
});
