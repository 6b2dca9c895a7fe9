// What the operator calls everybody's is computed once for all accounts, and nothing beyond it is ever shared.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, tinyEngine, TINY_LLAMA } from './tiny-engine.ts';
import { plainEvaluation, type PlainEvaluation } from '../llama-cpp/plain-evaluation.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import type { ModelOptions } from '../../../inference-node/engine/engine-options.ts';

const HOUSE = 'You are the careful helper of this house, who answers in one sentence. '.repeat(10).trim();
const SECRET = 'My secret is the long word anticonstitutionally. '.repeat(4);
const MODEL: ModelOptions = { id: 'tiny-llama', path: TINY_LLAMA, sequences: 3 };

let plain: PlainEvaluation;
let engine: Engine;
let one: Engine;
beforeAll(async () => {
  plain = await plainEvaluation(TINY_LLAMA);
  engine = await tinyEngine([{ ...MODEL, sharedPrompts: ['Another one.', HOUSE] }]);
  one = await tinyEngine([{ ...MODEL, sequences: 1, sharedPrompts: [HOUSE] }]);
});
afterAll(async () => {
  await engine.close();
  await one.close();
  await plain.dispose();
});

let round = 0;
beforeEach(() => {
  round++;
});

type ChatChange = { system?: string; on?: Engine; prompt?: { text: string } };

function chat(account: string, question: string, { system = HOUSE, on = engine, ...change }: ChatChange = {}) {
  const messages = [
    { role: 'system' as const, content: system },
    { role: 'user' as const, content: question },
  ];
  return ask(on, { account: `${account}-${round}`, prompt: { messages }, maxTokens: 20, ...change });
}

/** As the model's template writes it. */
const written = (question: string): string =>
  `<|im_start|>system\n${HOUSE}<|im_end|>\n<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;
const sharedTokens = (): number =>
  plain.tokenize(`<|im_start|>system\n${HOUSE}<|im_end|>\n<|im_start|>user\n`, true).length;

test.each([
  ['in another sequence', () => engine],
  ['in the only one', () => one],
])('another account has all of it, and nothing more: %s', async (_, on) => {
  await chat('alice', `${SECRET}What is an API key?`, { on: on() });
  const { text, result } = await chat('bob', `${SECRET}What is an API key?`, { on: on() });
  expect(result.cachedTokens).toBeGreaterThan(100);
  expect(result.cachedTokens).toBe(sharedTokens());
  expect(text).toBe((await plain.complete(written(`${SECRET}What is an API key?`), 20)).text);
});

test('an account has its own besides, as ever', async () => {
  const first = await chat('alice', `${SECRET}What is an API key?`);
  const { result } = await chat('alice', `${SECRET}What is an API key?`);
  expect(result.cachedTokens).toBe(first.result.promptTokens - 1);
});

test('calls of several accounts that come at once compute it once', async () => {
  const fresh = await tinyEngine([{ ...MODEL, sharedPrompts: [HOUSE] }]);
  try {
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => chat(name, `I am ${name}.`, { on: fresh })));
    expect(answers.map(({ result }) => result.cachedTokens)).toEqual([0, sharedTokens(), sharedTokens()]);
    const texts: string[] = [];
    for (const name of ['a', 'b', 'c']) texts.push((await plain.complete(written(`I am ${name}.`), 20)).text);
    expect(answers.map(({ text }) => text)).toEqual(texts);
  } finally {
    await fresh.close();
  }
});

describe('what is not everybody’s', () => {
  test('is nobody else’s: other instructions, of the same length', async () => {
    const system = HOUSE.replaceAll('helper', 'keeper');
    await chat('alice', 'Hi', { system });
    const { result } = await chat('bob', 'Hi', { system });
    // As far as both are the house's own.
    expect(result.cachedTokens).toBeLessThan(20);
  });

  test('is nobody else’s in a plain prompt either', async () => {
    const prompt = { text: `${HOUSE} ${SECRET}` };
    await chat('alice', '', { prompt });
    const { result } = await chat('bob', '', { prompt });
    const house = plain.tokenize(HOUSE, true).length;
    expect(result.cachedTokens).toBeLessThanOrEqual(house);
    expect(result.cachedTokens).toBeGreaterThanOrEqual(house - 1);
  });
});
