import fc from 'fast-check';
import { describe, it } from 'vitest';
import { CalendarWindow } from '../../../worker/src/limits/calendar-window.ts';
import { SlidingMinute } from '../../../worker/src/limits/sliding-minute.ts';

const START_MS = Date.UTC(2026, 10, 25, 12);
const MINUTE_MS = 60_000;

type Use = { afterMs: number; amount: number };
const uses = fc.array(fc.record({ afterMs: fc.nat(20_000), amount: fc.integer({ min: 1, max: 5 }) }), {
  maxLength: 60,
});

/** Admits whatever fits; gives the moments and amounts that passed. */
function admitAll(window: SlidingMinute, limit: number, sequence: readonly Use[]): { atMs: number; amount: number }[] {
  const passed: { atMs: number; amount: number }[] = [];
  let nowMs = START_MS;
  for (const { afterMs, amount } of sequence) {
    nowMs += afterMs;
    if (window.waitMs(amount, limit, nowMs) !== 0) continue;
    window.add(amount, Math.floor(nowMs / 1000), nowMs);
    passed.push({ atMs: nowMs, amount });
  }
  return passed;
}

describe('the sliding minute', () => {
  it('never lets more than the limit through within any 60 seconds', ({ expect }) => {
    fc.assert(
      fc.property(uses, fc.integer({ min: 5, max: 30 }), (sequence, limit) => {
        const passed = admitAll(new SlidingMinute(), limit, sequence);
        for (const { atMs } of passed) {
          const within = passed.filter((use) => use.atMs > atMs - MINUTE_MS && use.atMs <= atMs);
          expect(within.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('names the very moment from which a refused amount fits', ({ expect }) => {
    fc.assert(
      fc.property(uses, fc.integer({ min: 5, max: 30 }), fc.integer({ min: 1, max: 5 }), (sequence, limit, amount) => {
        const window = new SlidingMinute();
        const passed = admitAll(window, limit, sequence);
        const nowMs = passed.at(-1)?.atMs ?? START_MS;
        const waitMs = window.waitMs(amount, limit, nowMs) ?? Number.NaN;
        if (waitMs > 0) expect(window.used(nowMs + waitMs - 1) + amount).toBeGreaterThan(limit);
        expect(window.used(nowMs + waitMs) + amount).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('is empty when its reset says so, and not before', ({ expect }) => {
    const window = new SlidingMinute();
    window.add(3, START_MS / 1000, START_MS);
    window.add(2, START_MS / 1000 + 5, START_MS + 5_000);
    const resetMs = window.resetMs(START_MS + 5_000);
    expect(resetMs).toBe(61_000);
    expect(window.used(START_MS + 5_000 + resetMs - 1)).toBe(2);
    expect(window.used(START_MS + 5_000 + resetMs)).toBe(0);
  });

  it('takes back what was given back, in the second that it was charged, and nothing for one that has left', ({
    expect,
  }) => {
    const window = new SlidingMinute();
    window.add(10, START_MS / 1000, START_MS);
    window.add(-4, START_MS / 1000, START_MS + 30_000);
    expect(window.used(START_MS + 30_000)).toBe(6);
    window.add(-6, START_MS / 1000, START_MS + 70_000);
    expect(window.used(START_MS + 70_000)).toBe(0);
  });

  it('is the same after it was stored and read', ({ expect }) => {
    fc.assert(
      fc.property(uses, (sequence) => {
        const window = new SlidingMinute();
        const nowMs = admitAll(window, 20, sequence).at(-1)?.atMs ?? START_MS;
        const read = new SlidingMinute(window.state(nowMs));
        for (const laterMs of [0, 10_000, 40_000, 61_000])
          expect(read.used(nowMs + laterMs)).toBe(window.used(nowMs + laterMs));
      }),
    );
  });

  it('says never for what is larger than the limit', ({ expect }) => {
    expect(new SlidingMinute().waitMs(11, 10, START_MS)).toBeNull();
  });
});

describe('the calendar window', () => {
  it.for([
    ['day', Date.UTC(2026, 10, 26)],
    ['month', Date.UTC(2026, 11, 1)],
  ] as const)('of a %s ends with it, in UTC', ([period, endMs], { expect }) => {
    const window = new CalendarWindow(period, [], START_MS);
    window.add(7, START_MS / 1000, START_MS);
    expect(window.waitMs(4, 10, START_MS)).toBe(endMs - START_MS);
    expect(window.used(endMs - 1)).toBe(7);
    expect(window.used(endMs)).toBe(0);
  });

  it('passes over what is given back for the day before', ({ expect }) => {
    const endMs = Date.UTC(2026, 10, 26);
    const window = new CalendarWindow('day', [], START_MS);
    window.add(7, START_MS / 1000, START_MS);
    window.add(2, endMs / 1000, endMs);
    window.add(-7, START_MS / 1000, endMs);
    expect(window.used(endMs)).toBe(2);
  });

  it('forgets what was stored on another day', ({ expect }) => {
    const window = new CalendarWindow('day', [], START_MS);
    window.add(7, START_MS / 1000, START_MS);
    const stored = window.state(START_MS);
    expect(new CalendarWindow('day', stored, START_MS + 1_000).used(START_MS + 1_000)).toBe(7);
    expect(new CalendarWindow('day', stored, Date.UTC(2026, 10, 26)).used(Date.UTC(2026, 10, 26))).toBe(0);
  });
});
