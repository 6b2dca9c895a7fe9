// How far apart two words are.

/** Levenshtein's distance: how many characters must be inserted, removed or replaced. Takes the product of the lengths of time. */
export function editDistance(one: string, other: string): number {
  const columns = Array.from(other);
  let row = Array.from({ length: columns.length + 1 }, (_, column) => column);
  for (const [line, character] of Array.from(one).entries()) {
    const next = [line + 1];
    for (const [column, counterpart] of columns.entries()) {
      const replaced = (row[column] ?? 0) + (character === counterpart ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
