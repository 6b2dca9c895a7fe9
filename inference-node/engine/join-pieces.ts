// Two parts of an answer as one: for readers that are slower than the model.
import type { TextPiece } from './engine.ts';

/** `one`, then `next`. */
export function joinPieces(one: TextPiece, next: TextPiece): TextPiece {
  const text = one.text + next.text;
  // Nearly always there are none, and then nothing is copied.
  if (next.logProbabilities.length === 0) return { text, logProbabilities: one.logProbabilities };
  return { text, logProbabilities: [...one.logProbabilities, ...next.logProbabilities] };
}
