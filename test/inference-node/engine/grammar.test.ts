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

  test('obeys penalties within the grammar', async () => {
    const grammar = always('root ::= "a"{6} | "b"{6} | [cd]{6}');
    const free = await ask(engine, { model, grammar });
    const punished = await ask(engine, { model, grammar, sampling: { seed: 1, temperature: 2, frequencyPenalty: 2 } });
    for (const { text } of [free, punished]) expect(text).toMatch(/^(?:a{6}|b{6}|[cd]{6})$/);
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
  /** The free answer, its tokens' texts. */
  async function freeTokens(): Promise<string[]> {
    const { logProbabilities } = await ask(engine, { topLogProbabilities: 0 });
    return logProbabilities.map(({ text }) => text);
  }

  test('leaves the answer free until then, and binds what follows', async () => {
    const tokens = await freeTokens();
    const grammar = {
      gbnf: 'root ::= "!"{3}',
      triggers: [tokens.slice(3, 6).join('')],
      triggerAt: 'anywhere',
    } as const;
    expect((await ask(engine, { grammar })).text).toBe(`${tokens.slice(0, 6).join('')}!!!`);
  });

  test('may begin inside a token, if what the token has after it is of the grammar', async () => {
    const free = (await freeTokens()).join('');
    const gbnf = `root ::= ${JSON.stringify(free.slice(8))} "#"`;
    const { text } = await ask(engine, { grammar: { gbnf, triggers: [free.slice(5, 8)], triggerAt: 'anywhere' } });
    expect(text).toBe(`${free}#`);
  });

  test('takes a token back that has something else after it, and asks for the rest of its trigger', async () => {
    const tokens = await freeTokens();
    const at = tokens.findIndex((token) => token.trim().length > 2);
    const long = tokens[at] ?? '';
    const trigger = long.trim().slice(0, 2);
    const grammar = { gbnf: 'root ::= "#"', triggers: [trigger], triggerAt: 'anywhere' } as const;
    const [held, other] = await Promise.all([ask(engine, { grammar }), ask(engine, { account: 'other' })]);
    expect(held.text).toBe(`${tokens.slice(0, at).join('')}${trigger}#`);
    expect(other.text).toBe(tokens.join(''));
  });

  test('fails the call, and no other, if nothing can be of it', async () => {
    const tokens = await freeTokens();
    // What the grammar begins with has been written before it, and is none of it.
    const grammar = {
      gbnf: 'root ::= "#"',
      triggers: [tokens.slice(3, 6).join('')],
      triggerAt: 'anywhere',
      triggerIsPart: true,
    } as const;
    const [failed, other] = await Promise.allSettled([ask(engine, { grammar }), ask(engine, { account: 'other' })]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'generation_failed' } });
    expect(other).toMatchObject({ status: 'fulfilled', value: { text: tokens.join('') } });
  });

  test('at the start, waits for no later one', async () => {
    const tokens = await freeTokens();
    const late = { gbnf: 'root ::= "!"', triggers: [tokens.slice(3, 6).join('')], triggerAt: 'start' } as const;
    expect((await ask(engine, { grammar: late })).text).toBe(tokens.join(''));
    const first = { ...late, triggers: [tokens.slice(0, 3).join('').trimStart()] };
    expect((await ask(engine, { grammar: first })).text).toBe(`${tokens.slice(0, 3).join('')}!`);
  });
});
