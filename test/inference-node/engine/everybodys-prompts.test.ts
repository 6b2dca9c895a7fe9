// What the operator calls everybody's is computed once for all accounts, and nothing beyond it is ever shared.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ask, tinyEngine, TINY_LLAMA } from './tiny-engine.ts';
import { temporaryFolder } from '../server/node-under-test.ts';
import { plainEvaluation, type PlainEvaluation } from '../llama-cpp/plain-evaluation.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import type { ModelOptions } from '../../../inference-node/engine/engine-options.ts';

const HOUSE = 'You are the careful helper of this house, who answers in one sentence. '.repeat(10).trim();
const SECRET = 'My secret is the long word anticonstitutionally. '.repeat(4);
const OTHER = 'Never mind what others say; be quick and be brief. '.repeat(8);
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

describe('with a prefix store, when no sequence holds it any more', () => {
  type StoreChange = { home?: string; sharedPrompts?: string[]; sequences?: number };

  /** Kept over a restart in the same `home`. */
  async function start({ home = temporaryFolder(), sharedPrompts = [HOUSE], sequences = 1 }: StoreChange = {}) {
    const folder = join(home, 'prefixes');
    const keepWithKey = join(home, 'key');
    const prefixStore = { folder, maxBytes: 64 * 1_048_576, keepWithKey, costs: 'ignored' as const };
    const on = await tinyEngine([{ ...MODEL, sequences, sharedPrompts }], { prefixStore });
    onTestFinished(() => on.close());
    /** Ends it; what it leaves to the next one. */
    const close = async () => {
      await on.close();
      const [, list = ''] = readFileSync(join(folder, 'kept.json'), 'utf8').split('\n');
      return (JSON.parse(list) as { prefixes: { account: string | null; tokens: number[]; bytes: number }[] }).prefixes;
    };
    return { home, on, close };
  }

  test('another account has all of it, and nothing more, and answers the same', async () => {
    const { on } = await start();
    await chat('alice', `${SECRET}What is an API key?`, { on });
    await chat('mallory', OTHER, { on, system: OTHER });
    const { text, result } = await chat('bob', `${SECRET}What is an API key?`, { on });
    expect(result.cachedTokens).toBe(sharedTokens());
    expect(text).toBe((await plain.complete(written(`${SECRET}What is an API key?`), 20)).text);
    expect(on.stats().models[0]?.restoredTokens).toBe(sharedTokens());
  });

  test('it is stored once, without what any account wrote after it', async () => {
    const { on, close } = await start();
    for (const name of ['alice', 'bob']) {
      await chat(name, `${SECRET}I am ${name}.`, { on });
      await chat('mallory', OTHER, { on, system: OTHER });
    }
    const states = await close();
    const everybodys = states.filter(({ account }) => account === null);
    expect(everybodys.map(({ tokens }) => tokens.length)).toEqual([sharedTokens()]);
    expect(states).toHaveLength(4);
    // A state of so many tokens, and no more, is in its file.
    const bytesPerToken = states.map(({ bytes, tokens }) => bytes / tokens.length);
    expect(Math.max(...bytesPerToken) / Math.min(...bytesPerToken)).toBeLessThan(1.01);
  });

  test('what an account wrote after it comes back for that account alone', async () => {
    const { on } = await start();
    const first = await chat('alice', `${SECRET}What is an API key?`, { on });
    await chat('mallory', OTHER, { on, system: OTHER });
    const { text, result } = await chat('alice', `${SECRET}What is an API key?`, { on });
    expect([text, result.cachedTokens]).toEqual([first.text, first.result.promptTokens - 1]);
  });

  test('it comes back after a restart, as long as the operator calls it everybody’s', async () => {
    const { home, on } = await start({ sequences: 2 });
    for (const name of ['alice', 'bob']) await chat(name, SECRET, { on });
    await on.close();
    const next = await start({ home, sequences: 2 });
    expect((await chat('carol', SECRET, { on: next.on })).result.cachedTokens).toBe(sharedTokens());
    await next.on.close();
    const { on: withoutIt } = await start({ home, sequences: 2, sharedPrompts: [] });
    expect((await chat('dave', SECRET, { on: withoutIt })).result.cachedTokens).toBe(0);
  });
});
