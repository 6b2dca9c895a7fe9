// The name that somebody most likely meant: for unknown fields.

/** A letter too many, too few or wrong, or two neighbours exchanged: two such, and no more. */
const MAX_DISTANCE = 2;
/** Longer names are nobody's slip. */
const MAX_NAME_LENGTH = 64;

/** The nearest of `known`; null: none is near. Other case and other separators (`maxTokens`) count as no difference. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > MAX_NAME_LENGTH) return null;
  let nearest: string | null = null;
  // A name that would have to be changed in every letter is not meant.
  let least = Math.min(MAX_DISTANCE + 1, name.length);
  for (const candidate of known) {
    const distance = editDistance(bareLetters(name), bareLetters(candidate));
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

function bareLetters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Levenshtein's: how many letters must be inserted, removed or replaced. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let line = 1; line <= one.length; line++) {
    const next = [line];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (one[line - 1] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
