// Guarantee: what is to be done later in a request is done when it is due, once, in its order, and not after it was taken back.
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { CallClock } from '../../worker/src/call-clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A clock, what it has run so far, and how many of the platform's timers are set. */
function startClock() {
  const clock = new CallClock();
  const ran: string[] = [];
  const later = (ms: number, name: string): (() => void) => clock.after(ms, () => ran.push(name));
  return { clock, ran, later };
}

describe('the clock of a request', () => {
  it('runs each thing when it is due, whichever was asked for first', ({ expect }) => {
    const { ran, later } = startClock();
    later(2_000, 'late');
    later(50, 'early');
    later(1_000, 'between');
    vi.advanceTimersByTime(49);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ran).toEqual(['early']);
    vi.advanceTimersByTime(10_000);
    expect(ran).toEqual(['early', 'between', 'late']);
  });

  it('has one of the platform’s timers, however much is asked for', ({ expect }) => {
    const { later } = startClock();
    later(2_000, 'late');
    later(50, 'early');
    later(1_000, 'between');
    expect(vi.getTimerCount()).toBe(1);
  });

  it('does not run what was taken back, and goes on with the rest', ({ expect }) => {
    const { ran, later } = startClock();
    const takeBack = later(50, 'early');
    later(1_000, 'late');
    takeBack();
    vi.advanceTimersByTime(1_000);
    expect(ran).toEqual(['late']);
  });

  it('takes what is asked for while something runs', ({ expect }) => {
    const { clock, ran, later } = startClock();
    clock.after(50, () => later(50, 'next'));
    vi.advanceTimersByTime(99);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ran).toEqual(['next']);
  });

  it('waits at most as long again when the system’s clock is set back', ({ expect }) => {
    const { ran, later } = startClock();
    later(1_000, 'early');
    later(5_000, 'late');
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(2_000);
    expect(ran).toEqual(['early']);
    vi.advanceTimersByTime(4_000);
    expect(ran).toEqual(['early', 'late']);
  });

  it('runs nothing after it was stopped, and keeps no timer', ({ expect }) => {
    const { clock, ran, later } = startClock();
    later(50, 'early');
    clock.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(ran).toEqual([]);
  });
});
