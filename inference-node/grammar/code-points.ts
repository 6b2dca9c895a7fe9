// Sets of characters, as sorted ranges of code points that neither touch nor overlap.

/** Both ends belong to it. */
export type Range = readonly [first: number, last: number];
export type CodePoints = readonly Range[];

export const NO_CODE_POINTS: CodePoints = [];
const HIGHEST = 0x10ffff;

/** The set that the ranges make together. */
export function codePoints(ranges: readonly Range[]): CodePoints {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = joined.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** All other characters. */
export function complement(set: CodePoints): CodePoints {
  const gaps: Range[] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= HIGHEST) gaps.push([next, HIGHEST]);
  return gaps;
}

/** Whether they hold the same characters. */
export function sameCodePoints(a: CodePoints, b: CodePoints): boolean {
  return a.length === b.length && a.every(([first, last], index) => first === b[index]?.[0] && last === b[index][1]);
}
