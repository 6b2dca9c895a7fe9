// Guarantee: with a grammar an answer is a text of it, whatever the model would rather write, and beside calls without one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, chatPrompt, tinyEngine, TINY_LLAMA, TINY_PHI2 } from './tiny-engine.ts';
import type { Engine, GrammarConstraint } from '../../../inference-node/engine/engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await tinyEngine([
    { id: 'tiny-llama', path: TINY_LLAMA, sequences: 4 },
    { id: 'tiny-phi2', path: TINY_PHI2, sequences: 4 },
  ]);
});
afterAll(() => engine.close());

const always = (gbnf: string): GrammarConstraint => ({ gbnf, triggers: [], triggerAt: 'start' });
const HOT = { temperature: 2, topP: 1, topK: 0, minP: 0 };

describe.each(['tiny-llama', 'tiny-phi2'])('%s', (model) => {
  test('writes what the grammar allows, and ends where it ends', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((seed) =>
        ask(engine, { model, grammar: always('root ::= "yes" | "no"'), sampling: { ...HOT, seed } }),
      ),
    );
    for (const { text, result } of answers) {
      expect(['yes', 'no']).toContain(text);
      expect(result.finishReason).toBe('stop');
    }
  });

  test('writes characters of several tokens, and counts them', async () => {
    const { text, result } = await ask(engine, { model, grammar: always('root ::= "ü😀é"') });
    expect(text).toBe('ü😀é');
    expect(result.completionTokens).toBeGreaterThan(3);
  });

  test('obeys biases and penalties within the grammar', async () => {
    const grammar = always('root ::= [ab]{6}');
    const free = await ask(engine, { model, grammar });
    const punished = await ask(engine, { model, grammar, sampling: { frequencyPenalty: 2, presencePenalty: 2 } });
    expect(free.text).toMatch(/^[ab]{6}$/);
    expect(punished.text).toMatch(/^[ab]{6}$/);
    expect(punished.text).not.toBe(free.text);
  });

  test('tells the log probabilities of the model itself', async () => {
    const { logProbabilities } = await ask(engine, { model, grammar: always('root ::= "zz"'), topLogProbabilities: 2 });
    expect(logProbabilities.map(({ text }) => text).join('')).toBe('zz');
    for (const { logprob } of logProbabilities) expect(logprob).toBeLessThan(0);
  });
});

test('a grammar binds its own call only', async () => {
  const prompt = { text: chatPrompt('What is an API key?') };
  const alone = await ask(engine, { prompt });
  const [beside] = await Promise.all([
    ask(engine, { prompt, account: 'other' }),
    ask(engine, { grammar: always('root ::= [0-9]{40}') }),
  ]);
  expect(beside.text).toBe(alone.text);
});

describe('a grammar that waits for its trigger', () => {
  test('leaves the answer free until then, and binds what follows', async () => {
    const free = await ask(engine);
    // A text that this very answer has in its middle.
    const trigger = free.text.slice(5, 12);
    const { text } = await ask(engine, {
      grammar: { gbnf: 'root ::= "!"{3}', triggers: [trigger], triggerAt: 'anywhere' },
    });
    expect(text).toBe(`${free.text.slice(0, 12)}!!!`);
  });

  test('may begin inside a token', async () => {
    const free = await ask(engine);
    const trigger = free.text.slice(5, 8);
    const rest = free.text.slice(8);
    const gbnf = `root ::= ${JSON.stringify(rest)} "#"`;
    const { text } = await ask(engine, { grammar: { gbnf, triggers: [trigger], triggerAt: 'anywhere' } });
    expect(text).toBe(`${free.text}#`);
  });

  test('at the start, waits for no later one', async () => {
    const free = await ask(engine);
    const late = { gbnf: 'root ::= "!"', triggers: [free.text.slice(5, 12)], triggerAt: 'start' } as const;
    expect((await ask(engine, { grammar: late })).text).toBe(free.text);
    const first = { ...late, triggers: [free.text.trimStart().slice(0, 4)] };
    expect((await ask(engine, { grammar: first })).text.trimStart()).toBe(`${free.text.trimStart().slice(0, 4)}!`);
  });
});
