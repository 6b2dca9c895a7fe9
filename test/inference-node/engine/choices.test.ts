// Guarantee: a call with several choices is one call: accepted as a whole, counted as a whole, failed as a whole.
import { expect, test } from 'vitest';
import { Choices, type ChoicesEvent } from '../../../inference-node/engine/choices.ts';
import { FakeEngine } from '../server/fake-engine.ts';
import { request } from './tiny-engine.ts';

const PROMPTS = [{ text: 'a' }, { text: 'b' }];

function begin() {
  const engine = new FakeEngine();
  const choices = new Choices(
    engine,
    { ...request({ sampling: { seed: 5 } }), prompts: PROMPTS, n: 2 },
    new AbortController().signal,
  );
  const events: ChoicesEvent[] = [];
  const reading = (async () => {
    for await (const event of choices.events) events.push(event);
  })();
  return { engine, choices, events, reading, generations: engine.started };
}

test('each prompt is answered n times, with seeds of their own', () => {
  const { generations } = begin();
  expect(generations.map(({ request: { prompt } }) => prompt)).toEqual([
    PROMPTS[0],
    PROMPTS[0],
    PROMPTS[1],
    PROMPTS[1],
  ]);
  expect(generations.map(({ request: { sampling } }) => sampling.seed)).toEqual([5, 6, 5, 6]);
});

test('it is accepted when all are, tells each choice as it comes, and counts each prompt once', async () => {
  const { generations, events, reading } = begin();
  const [first, ...others] = generations;
  first?.accept();
  first?.say('early');
  first?.finish('length');
  for (const generation of others) generation.play(['x']);
  await reading;
  expect(events[0]).toEqual({ type: 'accepted', promptTokens: 14 });
  expect(events[1]).toMatchObject({ type: 'text', choice: 0, text: 'early' });
  const ended = events.flatMap((event) => (event.type === 'ended' ? [[event.choice, event.finishReason]] : []));
  expect(ended.toSorted()).toEqual([
    [0, 'length'],
    [1, 'stop'],
    [2, 'stop'],
    [3, 'stop'],
  ]);
  expect(events.at(-1)).toMatchObject({
    type: 'finished',
    result: { promptTokens: 14, cachedTokens: 4, completionTokens: 4, finishReason: 'length' },
  });
});

test('a failure of one, also before all are accepted, is the failure of the call', async () => {
  const { generations, events, reading } = begin();
  for (const generation of generations.slice(0, 3)) generation.play(['x']);
  generations[3]?.fail(new Error('no room'));
  await expect(reading).rejects.toThrow('no room');
  expect(events).toEqual([]);
});
