// The shipped weights, template and tokenizer fit together: a broken one of them costs most answers, not one or two. With
// the other model's template 0 or 1 of the 20 questions are right, with text tokenised byte by byte none.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExpectedAnswers } from '../../models/verification/expected-answers.ts';
import { readHeldOutQuestions } from '../../models/verification/held-out-questions.ts';
import { isRightAnswer } from '../../models/verification/judge-answer.ts';
import { TinyModel } from '../../models/verification/tiny-model.ts';
import { readTokenCases } from '../../models/verification/token-cases.ts';

/** Every third of the 60 test questions. */
const QUESTION_STEP = 3;

/**
 * Right answers of 20, greedy on one thread. Measured: 20 and 18. The room below is for other CPUs, whose rounding may turn
 * a close choice.
 */
const GATES = [
  { architecture: 'llama', minimumRight: 17 },
  { architecture: 'phi2', minimumRight: 15 },
] as const;

const questions = readHeldOutQuestions('test').filter((_, index) => index % QUESTION_STEP === 0);
const expected = readExpectedAnswers();

describe.each(GATES)('tiny-$architecture', ({ architecture, minimumRight }) => {
  let model: TinyModel;

  beforeAll(async () => {
    model = await TinyModel.load(fileURLToPath(new URL(`../../models/tiny-${architecture}.gguf`, import.meta.url)));
  });

  afterAll(async () => {
    await model[Symbol.asyncDispose]();
  });

  test(`answers at least ${minimumRight} of 20 held-out questions right, and ends every answer`, async () => {
    const outcomes = [];
    for (const question of questions) {
      const answer = await model.ask(question.question);
      outcomes.push({ right: isRightAnswer(question, answer.text, expected), ended: answer.ended });
    }
    expect(outcomes).toHaveLength(20);
    expect(outcomes.every(({ ended }) => ended)).toBe(true);
    expect(outcomes.filter(({ right }) => right).length).toBeGreaterThanOrEqual(minimumRight);
  });

  test('gives the same answer to the same question', async () => {
    const first = await model.ask('What is an API key?');
    expect(await model.ask('What is an API key?')).toEqual(first);
  });

  test('turns every text into the tokens that it was trained on', () => {
    const different = readTokenCases(architecture).filter(
      ({ text, ids }) => model.tokenize(text).join() !== ids.join(),
    );
    expect(different).toEqual([]);
  });
});
