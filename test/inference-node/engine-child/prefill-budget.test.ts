import { describe, expect, test } from 'vitest';
import { PrefillBudget } from '../../../inference-node/engine-child/prefill-budget.ts';

/** A machine on which a step costs this, and what it was used for. */
type Machine = { plainMs: number; tokenMs: number };

function step(budget: PrefillBudget, { plainMs, tokenMs }: Machine, decodingCalls: number): number {
  const prefillTokens = budget.tokens(decodingCalls > 0);
  const milliseconds = prefillTokens * tokenMs + (decodingCalls > 0 ? plainMs : 0);
  budget.measure({ prefillTokens, decodingCalls, milliseconds });
  return milliseconds;
}

function used(machine: Machine, slowdown?: number): PrefillBudget {
  const budget = new PrefillBudget(512, slowdown);
  step(budget, machine, 0);
  budget.measure({ prefillTokens: 0, decodingCalls: 1, milliseconds: machine.plainMs });
  return budget;
}

const FAST: Machine = { plainMs: 10, tokenMs: 0.01 };
const SMALL: Machine = { plainMs: 1, tokenMs: 0.4 };
const SLOW: Machine = { plainMs: 44, tokenMs: 14 };

describe('alone', () => {
  test('a fast machine computes full batches, a slow one about a second at a time, and never too little', () => {
    expect(used(FAST).tokens(false)).toBe(512);
    expect(used({ plainMs: 9, tokenMs: 3 }).tokens(false)).toBe(256);
    expect(used({ plainMs: 900, tokenMs: 100 }).tokens(false)).toBe(32);
  });

  test('no more than a batch holds, also before anything is measured', () => {
    expect(new PrefillBudget(16).tokens(false)).toBe(16);
  });
});

describe('beside running streams', () => {
  test('a step takes at most twice a plain one, and nearly that', () => {
    const budget = used(SLOW);
    const times = Array.from({ length: 20 }, () => step(budget, SLOW, 3));
    expect(Math.max(...times)).toBeLessThanOrEqual(2 * SLOW.plainMs);
    expect(times.at(-1)).toBeGreaterThan(2 * SLOW.plainMs - SLOW.tokenMs);
  });

  test('where steps are short, it takes what nobody sees', () => {
    const budget = used(SMALL);
    const times = Array.from({ length: 20 }, () => step(budget, SMALL, 3));
    expect(Math.max(...times)).toBeLessThanOrEqual(50);
    expect(times.at(-1)).toBeGreaterThan(49);
  });

  test('or a whole batch, where the machine is that fast', () => {
    const budget = used(FAST);
    for (let steps = 0; steps < 20; steps++) step(budget, FAST, 3);
    expect(budget.tokens(true)).toBe(512);
  });

  test('or as many times as is set', () => {
    expect(step(used(SLOW, 5), SLOW, 1)).toBeLessThanOrEqual(5 * SLOW.plainMs);
    expect(step(used(SLOW, 5), SLOW, 1)).toBeGreaterThan(4 * SLOW.plainMs);
    expect(used(SLOW, 1).tokens(true)).toBe(used(SLOW, 1).tokens(false));
  });

  test('a prompt always goes on, by a token at least', () => {
    expect(used({ plainMs: 10, tokenMs: 500 }).tokens(true)).toBe(1);
  });

  test('one step that seemed free does not lead to a long one', () => {
    const budget = new PrefillBudget(512);
    budget.measure({ prefillTokens: 0, decodingCalls: 1, milliseconds: 80 });
    budget.measure({ prefillTokens: 4, decodingCalls: 1, milliseconds: 60 });
    expect(budget.tokens(true)).toBe(8);
  });
});
