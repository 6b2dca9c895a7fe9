// No call takes longer than the node lets one take: not in the queue, and not while it is answered.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunningCalls } from '../../../inference-node/server/running-calls.ts';
import { EventReader, startFakeNode } from './node-under-test.ts';

/** It is over only when a test says so; shorter than a client's own patience of 5 minutes. */
const LIMIT_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a call that waits too long gets 504, is not generated any more, and has no record', async () => {
  const { engine, chat, records } = await startFakeNode({ callTimeoutMs: LIMIT_MS });
  const starting = engine.nextGeneration();
  const answering = chat({});
  const generation = await starting;
  vi.advanceTimersByTime(LIMIT_MS);
  const answer = await answering;
  expect([answer.status, await answer.json()]).toMatchObject([504, { error: { code: 'call_timeout', param: null } }]);
  expect(generation.signal.aborted).toBe(true);
  expect(await records()).toEqual([]);
});

test('a stream is ended with an error event, and its call costs what was generated', async () => {
  const { engine, chat, records } = await startFakeNode({ callTimeoutMs: LIMIT_MS });
  const starting = engine.nextGeneration();
  const answering = chat({ stream: true });
  const generation = await starting;
  generation.accept();
  generation.say('begun');
  const reader = new EventReader(await answering);
  await reader.next();
  vi.advanceTimersByTime(LIMIT_MS - 1);
  expect(generation.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  const last = (await reader.rest()).at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({ error: { code: 'call_timeout' } });
  expect(await records()).toMatchObject([{ outcome: 'failed', completionTokens: 1 }]);
});

test('a call that ended in time is not ended again', () => {
  const { controller, end } = new RunningCalls(LIMIT_MS).begin();
  end();
  vi.advanceTimersByTime(LIMIT_MS);
  expect(controller.signal.aborted).toBe(false);
});
