// Prompts that begin alike and arrive together are computed once, within one account; and the answers are the same as ever.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, chatPrompt, readUntil, request, tinyEngine, TINY_LLAMA } from './tiny-engine.ts';
import { plainEvaluation } from '../llama-cpp/plain-evaluation.ts';
import { Choices } from '../../../inference-node/engine/choices.ts';
import type { Engine, GenerationResult, ModelStats } from '../../../inference-node/engine/engine.ts';

const OPENING = 'You are a careful helper who answers in one sentence. '.repeat(20);
const QUESTIONS = ['What is an API key?', 'How do I revoke a key?', 'List all months.', 'What is 12 plus 30?'];
const prompts = QUESTIONS.map((question) => ({ text: chatPrompt(OPENING + question) }));

let engine: Engine;
let account = 0;
beforeAll(async () => {
  engine = await tinyEngine([{ id: 'tiny-llama', path: TINY_LLAMA, sequences: 4 }]);
});
afterAll(() => engine.close());
beforeEach(() => {
  account++;
});

const owner = (): string => `owner-${account}`;

function stats(): ModelStats {
  const [first] = engine.stats().models;
  if (first === undefined) throw new Error('no stats');
  return first;
}

/** How many prompt tokens the engine computed for what `work` did. */
async function computedBy(work: () => Promise<unknown>): Promise<number> {
  // The counters of everything before are told with this call's own.
  await ask(engine, { account: owner(), prompt: { text: 'a' }, maxTokens: 1 });
  const before = stats().prefillTokens;
  await work();
  return stats().prefillTokens - before;
}

describe('the choices of one call', () => {
  async function choicesOf(n: number, prompt = prompts[0]!): Promise<GenerationResult> {
    const asked = { ...request({ account: owner(), maxTokens: 20 }), prompts: [prompt], n };
    const choices = new Choices(engine, asked, new AbortController().signal);
    for await (const event of choices.events) if (event.type === 'finished') return event.result;
    throw new Error('no end');
  }

  test('compute their prompt once, and each its last token', async () => {
    let result: GenerationResult | null = null;
    const computed = await computedBy(async () => {
      result = await choicesOf(4);
    });
    expect(result).toMatchObject({ cachedTokens: 0, promptTokens: computed - 3 });
  });

  test('do so also when they are more than the sequences', async () => {
    let result: GenerationResult | null = null;
    const computed = await computedBy(async () => {
      result = await choicesOf(9);
    });
    expect(result).toMatchObject({ cachedTokens: 0, promptTokens: computed - 8 });
  });
});

describe('calls that begin alike and arrive at once', () => {
  test('share what is alike, and answer as a plain evaluation does', async () => {
    let answers: Awaited<ReturnType<typeof ask>>[] = [];
    const computed = await computedBy(async () => {
      answers = await Promise.all(prompts.map((prompt) => ask(engine, { account: owner(), prompt })));
    });
    const [first, ...others] = answers;
    const rest = others.map(({ result }) => result.promptTokens - result.cachedTokens);
    expect(first?.result.cachedTokens).toBe(0);
    expect(Math.max(...rest)).toBeLessThan(40);
    expect(computed).toBe(rest.reduce((sum, tokens) => sum + tokens, first?.result.promptTokens ?? 0));
    const plain = await plainEvaluation(TINY_LLAMA);
    const expected: string[] = [];
    for (const { text } of prompts) expected.push((await plain.complete(text, 200)).text);
    await plain.dispose();
    expect(answers.map(({ text }) => text)).toEqual(expected);
  });

  test('share nothing across accounts', async () => {
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => ask(engine, { account: `${owner()}-${name}`, prompt: prompts[0]! })),
    );
    expect(answers.map(({ result }) => result.cachedTokens)).toEqual([0, 0, 0, 0]);
  });

  test('go on by themselves when the one that they wait for is cancelled', async () => {
    const controller = new AbortController();
    const leader = engine.generate(request({ account: owner(), prompt: prompts[0]! }), controller.signal);
    const followers = prompts.slice(1).map((prompt) => ask(engine, { account: owner(), prompt }));
    await readUntil(leader.events[Symbol.asyncIterator](), 'accepted');
    controller.abort();
    const answers = await Promise.all(followers);
    const plain = await plainEvaluation(TINY_LLAMA);
    const expected: string[] = [];
    for (const { text } of prompts.slice(1)) expected.push((await plain.complete(text, 200)).text);
    await plain.dispose();
    expect(answers.map(({ text }) => text)).toEqual(expected);
  });
});
