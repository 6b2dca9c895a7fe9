// What was probably meant by a word that does not exist.
import { editDistance } from '../../protocol/edit-distance.ts';

/** As far as commander's own suggestions for flags go: this part of the longer word may differ, and this many characters. */
const MAX_DIFFERENT_PART = 0.4;
const MAX_DIFFERENT_CHARACTERS = 5;

/** The word that is nearest to the text, or null when none is near. Hyphens, underscores and case do not matter. */
export function nearestWord(text: string, words: readonly string[]): string | null {
  let best: { word: string; distance: number } | null = null;
  for (const word of words) {
    const [meant, known] = [normal(text), normal(word)];
    // More cannot be near, and the work grows with the product of the lengths.
    if (Math.abs(meant.length - known.length) > MAX_DIFFERENT_CHARACTERS) continue;
    const distance = editDistance(meant, known);
    const bound = Math.min(MAX_DIFFERENT_CHARACTERS, Math.max(text.length, word.length) * MAX_DIFFERENT_PART);
    if (distance <= bound && distance < (best?.distance ?? Infinity)) best = { word, distance };
  }
  return best?.word ?? null;
}

function normal(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}
