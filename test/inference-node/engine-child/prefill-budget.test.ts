import { expect, test } from 'vitest';
import { PrefillBudget } from '../../../inference-node/engine-child/prefill-budget.ts';

function budgetAt(millisecondsPerToken: number): PrefillBudget {
  const budget = new PrefillBudget(512);
  budget.measure(64, 64 * millisecondsPerToken);
  return budget;
}

test('a fast machine computes full batches', () => {
  expect(budgetAt(0.1).tokens(true)).toBe(512);
});

test('a slow one cuts prompts, finer when other streams would stall', () => {
  expect(budgetAt(3).tokens(true)).toBe(64);
  expect(budgetAt(3).tokens(false)).toBe(256);
});

test('a chunk is never too small to be worth its step', () => {
  expect(budgetAt(100).tokens(true)).toBe(32);
});

test('no more than a batch holds, also before anything is measured', () => {
  expect(new PrefillBudget(16).tokens(false)).toBe(16);
});
