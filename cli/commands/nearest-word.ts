// What was probably meant by a word that does not exist.

/** As far as commander's own suggestions for flags go: this part of the longer word may differ, and this many characters. */
const MAX_DIFFERENT_PART = 0.4;
const MAX_DIFFERENT_CHARACTERS = 5;

/** The word that is nearest to the text, or null when none is near. Hyphens, underscores and case do not matter. */
export function nearestWord(text: string, words: readonly string[]): string | null {
  let best: { word: string; distance: number } | null = null;
  for (const word of words) {
    const distance = editDistance(normal(text), normal(word));
    const bound = Math.min(MAX_DIFFERENT_CHARACTERS, Math.max(text.length, word.length) * MAX_DIFFERENT_PART);
    if (distance <= bound && distance < (best?.distance ?? Infinity)) best = { word, distance };
  }
  return best?.word ?? null;
}

function normal(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function editDistance(from: string, to: string): number {
  // More cannot be near, and the work grows with the product of the lengths.
  if (Math.abs(from.length - to.length) > MAX_DIFFERENT_CHARACTERS) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, character] of Array.from(from).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
