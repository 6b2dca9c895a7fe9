// A call's id counts once while its token could be used, and memory stays bounded.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplayGuard } from '../../../inference-node/call-auth/replay-guard.ts';

test('an id is fresh once', () => {
  const guard = new ReplayGuard();
  expect(guard.admit('a', 100, 0)).toBe('fresh');
  expect(guard.admit('a', 100, 99)).toBe('seen');
  expect(guard.admit('b', 100, 99)).toBe('fresh');
});

test('when full of ids that still count it refuses, and takes new ones when old ones have expired', () => {
  const guard = new ReplayGuard(2);
  guard.admit('a', 100, 0);
  guard.admit('b', 200, 0);
  expect(guard.admit('c', 300, 50)).toBe('full');
  expect(guard.admit('c', 300, 101)).toBe('fresh');
  expect(guard.size).toBe(2);
});

test('no id is fresh twice before its expiry, whatever the order', () => {
  const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), life: fc.nat(90), pause: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const guard = new ReplayGuard(100);
      const expiries = new Map<string, number>();
      let now = 0;
      for (const { id, life, pause } of steps) {
        now += pause;
        const expiry = expiries.get(id);
        const verdict = guard.admit(id, now + life, now);
        if (expiry !== undefined && expiry >= now) expect(verdict).toBe('seen');
        if (verdict === 'fresh') expiries.set(id, now + life);
      }
    }),
  );
});
