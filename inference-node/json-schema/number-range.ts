// Numbers between two whole bounds, each of them included or not, written without exponent.
import { integerRange, LARGEST_INTEGER, naturalRange } from './integer-range.ts';
import { oneOf } from './gbnf-writer.ts';

export type Bound = { value: number; isExclusive: boolean };

const FRACTION = '("." [0-9]{1,15})?';
const ZERO_FRACTION = '("." "0"{1,15})?';
const NONZERO_FRACTION = '"." [0-9]{0,14} [1-9]';

/** An expression for the numbers between two bounds; null when there are none. */
export function numberRange(least: Bound | null, most: Bound | null): string | null {
  const parts = [prefixed('"-" ', magnitudes(flip(most), flip(least))), prefixed('', magnitudes(least, most))].flat();
  return parts.length === 0 ? null : oneOf(parts);
}

/** The numbers from 0 up that are within the bounds, by their whole part. */
function magnitudes(least: Bound | null, most: Bound | null): string[] {
  const low = least === null || least.value < 0 ? { value: 0, isExclusive: false } : least;
  const high = most ?? { value: LARGEST_INTEGER, isExclusive: false };
  if (high.value < low.value || (high.value === low.value && (low.isExclusive || high.isExclusive))) return [];
  const parts: string[] = [];
  if (low.value < high.value && low.isExclusive) parts.push(`"${low.value}" ${NONZERO_FRACTION}`);
  const inside = naturalRange(low.isExclusive ? low.value + 1 : low.value, high.value - 1);
  if (inside !== null) parts.push(`${inside} ${FRACTION}`);
  if (!high.isExclusive) parts.push(`${integerRange(high.value, high.value) ?? ''} ${ZERO_FRACTION}`);
  return parts;
}

function flip(bound: Bound | null): Bound | null {
  return bound === null ? null : { value: -bound.value, isExclusive: bound.isExclusive };
}

function prefixed(sign: string, parts: readonly string[]): string[] {
  return parts.map((part) => sign + part);
}
