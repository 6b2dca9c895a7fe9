import { describe, expect, test } from 'vitest';
import { PrefillBudget, type CallsAtOnce } from '../../../inference-node/engine-child/prefill-budget.ts';

/** A machine on which a step of one call costs this, each token more that, and what it was used for. */
type Machine = { plainMs: number; tokenMs: number };

function plainStep({ plainMs, tokenMs }: Machine, calls: number): number {
  return plainMs + (calls - 1) * tokenMs;
}

function step(budget: PrefillBudget, machine: Machine, calls: CallsAtOnce): number {
  const { decoding } = calls;
  const prefillTokens = budget.tokens(calls);
  const milliseconds = prefillTokens * machine.tokenMs + (decoding > 0 ? plainStep(machine, decoding) : 0);
  budget.measure({ prefillTokens, decodingCalls: decoding, milliseconds });
  return milliseconds;
}

function used(machine: Machine, slowdown?: number): PrefillBudget {
  const budget = new PrefillBudget(512, slowdown);
  step(budget, machine, ALONE);
  budget.measure({ prefillTokens: 0, decodingCalls: 1, milliseconds: machine.plainMs });
  return budget;
}

const ALONE: CallsAtOnce = { decoding: 0, reading: 1 };
const ONE_BESIDE_THREE: CallsAtOnce = { decoding: 3, reading: 1 };
const FAST: Machine = { plainMs: 10, tokenMs: 0.01 };
const SMALL: Machine = { plainMs: 1, tokenMs: 0.4 };
const SLOW: Machine = { plainMs: 44, tokenMs: 14 };

describe('alone', () => {
  test('a fast machine computes full batches, a slow one about a second at a time, and never too little', () => {
    expect(used(FAST).tokens(ALONE)).toBe(512);
    expect(used({ plainMs: 9, tokenMs: 3 }).tokens(ALONE)).toBe(256);
    expect(used({ plainMs: 900, tokenMs: 100 }).tokens(ALONE)).toBe(32);
  });

  test('no more than a batch holds, also before anything is measured', () => {
    expect(new PrefillBudget(16).tokens(ALONE)).toBe(16);
  });
});

describe('beside running streams', () => {
  test.for([{ decoding: 1, reading: 1 }, ONE_BESIDE_THREE, { decoding: 1, reading: 3 }])(
    'a step takes at most twice a plain one of all calls, and nearly that: %o',
    (calls) => {
      const budget = used(SLOW);
      const times = Array.from({ length: 20 }, () => step(budget, SLOW, calls));
      const mayTake = 2 * plainStep(SLOW, calls.decoding + calls.reading);
      expect(Math.max(...times)).toBeLessThanOrEqual(mayTake);
      expect(times.at(-1)).toBeGreaterThan(mayTake - SLOW.tokenMs);
    },
  );

  test('plain steps that were measured with many calls say what those of few cost, and more than nothing', () => {
    const budget = used(SLOW);
    for (let steps = 0; steps < 20; steps++)
      budget.measure({ prefillTokens: 0, decodingCalls: 4, milliseconds: plainStep(SLOW, 4) });
    const mayTake = 2 * plainStep(SLOW, 2);
    for (let steps = 0; steps < 20; steps++) {
      const milliseconds = step(budget, SLOW, { decoding: 1, reading: 1 });
      expect(milliseconds).toBeLessThanOrEqual(mayTake + SLOW.tokenMs);
      expect(milliseconds).toBeGreaterThan(mayTake - 2 * SLOW.tokenMs);
    }
  });

  /** Each call reads 128 tokens and writes 64, and the next one follows it. */
  test('of four calls without pause three answer at once', () => {
    const budget = used(SLOW);
    const left = Array.from({ length: 4 }, () => ({ prompt: 128, answer: 64 }));
    const decoded: number[] = [];
    for (let steps = 0; steps < 2_000; steps++) {
      const answering = left.filter(({ prompt }) => prompt === 0);
      const calls = { decoding: answering.length, reading: 4 - answering.length };
      let tokens = calls.reading > 0 ? budget.tokens(calls) : 0;
      const milliseconds = tokens * SLOW.tokenMs + (calls.decoding > 0 ? plainStep(SLOW, calls.decoding) : 0);
      budget.measure({ prefillTokens: tokens, decodingCalls: calls.decoding, milliseconds });
      decoded.push(calls.decoding);
      for (const call of answering) call.answer -= 1;
      for (const call of left.filter(({ prompt }) => prompt > 0)) {
        const read = Math.min(call.prompt, tokens);
        [call.prompt, tokens] = [call.prompt - read, tokens - read];
      }
      for (const call of answering) if (call.answer === 0) Object.assign(call, { prompt: 128, answer: 64 });
    }
    expect(decoded.reduce((sum, count) => sum + count, 0) / decoded.length).toBeGreaterThan(3);
  });

  test('where steps are short, it takes what nobody sees', () => {
    const budget = used(SMALL);
    const times = Array.from({ length: 20 }, () => step(budget, SMALL, ONE_BESIDE_THREE));
    expect(Math.max(...times)).toBeLessThanOrEqual(50);
    expect(times.at(-1)).toBeGreaterThan(49);
  });

  test('or a whole batch, where the machine is that fast', () => {
    const budget = used(FAST);
    for (let steps = 0; steps < 20; steps++) step(budget, FAST, ONE_BESIDE_THREE);
    expect(budget.tokens(ONE_BESIDE_THREE)).toBe(512);
  });

  test('or as many times as is set', () => {
    const calls = { decoding: 1, reading: 1 };
    const mayTake = 5 * plainStep(SLOW, 2);
    expect(step(used(SLOW, 5), SLOW, calls)).toBeLessThanOrEqual(mayTake);
    expect(step(used(SLOW, 5), SLOW, calls)).toBeGreaterThan(mayTake - SLOW.tokenMs);
    expect(used(SLOW, 1).tokens(calls)).toBe(used(SLOW, 1).tokens(ALONE));
  });

  test('a prompt always goes on, by a token at least', () => {
    expect(used({ plainMs: 10, tokenMs: 500 }).tokens(ONE_BESIDE_THREE)).toBe(1);
  });

  test('one step that seemed free does not lead to a long one', () => {
    const budget = new PrefillBudget(512);
    budget.measure({ prefillTokens: 0, decodingCalls: 1, milliseconds: 80 });
    budget.measure({ prefillTokens: 4, decodingCalls: 1, milliseconds: 60 });
    expect(budget.tokens(ONE_BESIDE_THREE)).toBe(8);
  });
});

test('what a running answer waits for its next token is that of steps without prompts', () => {
  const budget = new PrefillBudget(512);
  step(budget, SLOW, ALONE);
  step(budget, SLOW, ONE_BESIDE_THREE);
  expect(budget.plainStepMs).toBeNull();
  budget.measure({ prefillTokens: 0, decodingCalls: 1, milliseconds: 44 });
  expect(budget.plainStepMs).toBe(44);
});
