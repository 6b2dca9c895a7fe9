// A hang is noticed; slow work, idleness and a machine that slept are not taken for one.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StepWatchdog } from '../../../inference-node/engine/step-watchdog.ts';

const MINIMUM_MS = 1000;
const FIRST_MS = 5000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watchdog() {
  const hangs: number[] = [];
  const dog = new StepWatchdog({
    minimumMs: MINIMUM_MS,
    firstStepMs: FIRST_MS,
    onHang: (silentMs) => hangs.push(silentMs),
  });
  return { dog, hangs };
}

test('an engine that had made steps and makes none any more hangs: told once', () => {
  const { dog, hangs } = watchdog();
  dog.watch(true);
  vi.advanceTimersByTime(50);
  dog.noteSign();
  vi.advanceTimersByTime(MINIMUM_MS - 1);
  expect(hangs).toEqual([]);
  vi.advanceTimersByTime(10 * MINIMUM_MS);
  expect(hangs).toEqual([MINIMUM_MS]);
});

test('the first step of all may take longer', () => {
  const { dog, hangs } = watchdog();
  dog.watch(true);
  vi.advanceTimersByTime(FIRST_MS - 1);
  expect(hangs).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(hangs).toEqual([FIRST_MS]);
});

test('where steps are slow, ten times the slowest is waited for', () => {
  const { dog, hangs } = watchdog();
  dog.watch(true);
  vi.advanceTimersByTime(4000);
  dog.noteSign();
  vi.advanceTimersByTime(39_999);
  expect(hangs).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(hangs).toEqual([40_000]);
});

test('without work there is no hang, and time without work counts for nothing', () => {
  const { dog, hangs } = watchdog();
  dog.watch(true);
  dog.noteSign();
  dog.watch(false);
  vi.advanceTimersByTime(100 * FIRST_MS);
  dog.watch(true);
  vi.advanceTimersByTime(MINIMUM_MS - 1);
  expect(hangs).toEqual([]);
});

test('after a restart the next process gets the time of a first step again', () => {
  const { dog, hangs } = watchdog();
  dog.watch(true);
  dog.noteSign();
  dog.forget();
  dog.watch(true);
  vi.advanceTimersByTime(FIRST_MS - 1);
  expect(hangs).toEqual([]);
});
