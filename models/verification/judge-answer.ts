// Decides whether an answer is right. Words decide, not their order: a model this small either has the sentence or another.
import type { HeldOutQuestion } from './held-out-questions.ts';

/** Share of common words from which two texts count as the same answer. */
const SAME_ANSWER = 0.8;

/** Whether the answer matches the question's pattern, or is one of the expected answers of one of its facts. */
export function isRightAnswer(question: HeldOutQuestion, answer: string, expected: Map<string, string[]>): boolean {
  if ('pattern' in question) return new RegExp(question.pattern, 's').test(answer);
  return question.facts
    .flatMap((fact) => expected.get(fact) ?? [])
    .some((right) => wordSimilarity(right, answer) >= SAME_ANSWER);
}

/** Share of the words that two texts have in common, 0 to 1 (Dice, with repeated words counted). */
export function wordSimilarity(left: string, right: string): number {
  const leftWords = wordsOf(left);
  const remaining = wordsOf(right);
  const total = leftWords.length + remaining.length;
  let common = 0;
  for (const word of leftWords) {
    const at = remaining.indexOf(word);
    if (at < 0) continue;
    remaining.splice(at, 1);
    common++;
  }
  return total === 0 ? 0 : (2 * common) / total;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
