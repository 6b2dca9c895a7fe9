// Greedy answers are those of a plain node-llama-cpp evaluation, whatever else goes on: random mixes of calls that come at once
// or one after the other, share beginnings, are cut short or cancelled, on fewer sequences than calls. So batching, prompts
// read in pieces, prefix reuse, copied states, followers, shared prompts and states that come back from the prefix store change no token. A mix that
// failed is printed with its seed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, chatPrompt, tinyEngine, TINY_LLAMA, TINY_PHI2 } from './tiny-engine.ts';
import { plainEvaluation, type PlainEvaluation } from '../llama-cpp/plain-evaluation.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';

const OPENINGS = ['', 'Please be exact. ', 'You are a careful helper who answers in one sentence. '.repeat(12)];
const QUESTIONS = [
  'What is an API key?',
  'How do I revoke a key?',
  'List all months.',
  'Say something with 😀.',
  'xq zv',
];
/** Mixes for each model; some seconds on one thread. */
const MIXES = Number(process.env['DIFFERENTIAL_MIXES'] ?? 12);

type MixedCall = { opening: number; question: number; account: number; maxTokens: number; stopsAfterMs: number | null };

const mixedCall: fc.Arbitrary<MixedCall> = fc.record({
  opening: fc.nat(OPENINGS.length - 1),
  question: fc.nat(QUESTIONS.length - 1),
  account: fc.nat(1),
  maxTokens: fc.integer({ min: 1, max: 60 }),
  stopsAfterMs: fc.option(fc.nat(20), { freq: 4 }),
});
/** Rounds one after the other; the calls of a round come at once. */
const mixes = fc.array(fc.array(mixedCall, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });

/** Two conversations of one account make another's leave its sequence; then it comes back. */
const LONG = { opening: 2, question: 0, account: 0, maxTokens: 4, stopsAfterMs: null };
const RETURN: MixedCall[][] = [
  [LONG],
  [
    { ...LONG, account: 1 },
    { ...LONG, opening: 0, account: 1 },
  ],
  [LONG],
];

/** As far as an opening goes; what the prompt has after it, is cut by the first token that differs. */
const SHARED = OPENINGS[2] ?? '';

const MODELS = [
  ['tiny-llama', TINY_LLAMA, chatPrompt],
  ['tiny-phi2', TINY_PHI2, (question: string) => `Instruct: ${question}\nOutput:`],
] as const;

describe.each([
  ['three sequences', 3, false, false],
  ['three sequences, and instructions that are everybody’s', 3, false, true],
  ['one sequence and a prefix store', 1, true, false],
  ['two sequences and a prefix store', 2, true, false],
  ['one sequence, a prefix store, and instructions that are everybody’s', 1, true, true],
  ['two sequences, a prefix store, and instructions that are everybody’s', 2, true, true],
])('%s', (_, sequences, hasStore, isShared) => {
  let engine: Engine;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hearthkey-differential-'));
    // Too small for all of it, so that some goes.
    const prefixStore = { folder: join(folder, 'prefixes'), maxBytes: 4_000_000, keepWithKey: null };
    engine = await tinyEngine(
      MODELS.map(([id, path, promptOf]) => ({
        id,
        path,
        sequences,
        sharedPrompts: isShared ? [promptOf(SHARED)] : [],
      })),
      hasStore ? { prefixStore: { ...prefixStore, costs: 'ignored' } } : {},
    );
  });
  afterAll(async () => {
    // Else nothing was proved about what comes back.
    for (const { restoredTokens } of engine.stats().models) expect(restoredTokens > 0).toBe(hasStore);
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(MODELS)('%s', (model, path, promptOf) => {
    let plain: PlainEvaluation;
    const known = new Map<string, Awaited<ReturnType<PlainEvaluation['complete']>>>();
    beforeAll(async () => {
      plain = await plainEvaluation(path);
    });
    afterAll(() => plain.dispose());

    async function expectedOf(prompt: string, maxTokens: number) {
      const name = `${maxTokens} ${prompt}`;
      const answer = known.get(name) ?? (await plain.complete(prompt, maxTokens));
      known.set(name, answer);
      return answer;
    }

    async function answer({ opening, question, account, maxTokens, stopsAfterMs }: MixedCall, mix: string) {
      const prompt = promptOf(`${OPENINGS[opening] ?? ''}${QUESTIONS[question] ?? ''}`);
      const signal = stopsAfterMs === null ? undefined : AbortSignal.timeout(stopsAfterMs);
      const asked = ask(engine, { model, account: `${mix}-${account}`, prompt: { text: prompt }, maxTokens }, signal);
      const got = await asked.catch((error: unknown) => {
        if (signal?.aborted === true) return null;
        throw error;
      });
      return { prompt, maxTokens, got };
    }

    test('every mix of calls answers as one call alone does', async () => {
      let mix = 0;
      await fc.assert(
        fc.asyncProperty(mixes, async (rounds) => {
          mix++;
          for (const round of rounds) {
            const answers = await Promise.all(round.map((call) => answer(call, `${model}-${mix}`)));
            for (const { prompt, maxTokens, got } of answers) {
              if (got === null) continue;
              const expected = await expectedOf(prompt, maxTokens);
              expect(got.text).toBe(expected.text);
              expect(got.result.completionTokens).toBe(expected.tokens);
            }
          }
        }),
        { numRuns: MIXES, endOnFailure: true, examples: [[RETURN]] },
      );
    });
  });
});
