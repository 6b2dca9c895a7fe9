// The judge of answers: the gate of the embedded models is only as good as this.
import { expect, test } from 'vitest';
import { isRightAnswer, wordSimilarity } from '../../models/verification/judge-answer.ts';

const expected = new Map([['key', ['An API key is a secret text.', 'A key tells who is calling.']]]);

test('an answer is right when it is one of the expected ones, in any case and punctuation', () => {
  const question = { question: 'What is a key?', facts: ['key'] };
  expect(isRightAnswer(question, 'an api key is a SECRET text', expected)).toBe(true);
  expect(isRightAnswer(question, 'A key tells who is calling!', expected)).toBe(true);
});

test('an answer to another question is wrong, and so is an empty one', () => {
  const question = { question: 'What is a key?', facts: ['key'] };
  expect(isRightAnswer(question, 'KV is a key-value store.', expected)).toBe(false);
  expect(isRightAnswer(question, '', expected)).toBe(false);
  expect(isRightAnswer({ question: '?', facts: ['no-such-fact'] }, '', expected)).toBe(false);
});

test('a pattern decides where there is one', () => {
  const question = { question: '7 + 6?', pattern: '= 13\\.' };
  expect(isRightAnswer(question, '7 + 6 = 13.', expected)).toBe(true);
  expect(isRightAnswer(question, '7 + 6 = 14.', expected)).toBe(false);
});

test('repeated words count as often as they are there', () => {
  expect(wordSimilarity('key key key key', 'key')).toBeCloseTo(0.4);
  expect(wordSimilarity('', '')).toBe(0);
});
