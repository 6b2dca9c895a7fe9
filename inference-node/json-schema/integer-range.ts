// Whole numbers between two bounds, digit by digit.
import { oneOf } from './gbnf-writer.ts';

/** As many digits as a double always holds exactly. */
const MAX_DIGITS = 15;
export const LARGEST_INTEGER = 10 ** MAX_DIGITS - 1;

/** An expression for the whole numbers from `least` to `most`, both within ±`LARGEST_INTEGER`; null when there are none. */
export function integerRange(least: number, most: number): string | null {
  const parts: string[] = [];
  if (least < 0) {
    const negative = naturalRange(Math.max(1, -most), -least);
    if (negative !== null && Math.max(1, -most) <= -least) parts.push(`"-" ${negative}`);
  }
  if (most >= 0) {
    const natural = naturalRange(Math.max(0, least), most);
    if (natural !== null) parts.push(natural);
  }
  return parts.length === 0 ? null : oneOf(parts);
}

/** Of natural numbers. */
export function naturalRange(least: number, most: number): string | null {
  if (least > most) return null;
  const parts: string[] = [];
  for (let digits = String(least).length; digits <= String(most).length; digits++) {
    const low = Math.max(least, digits === 1 ? 0 : 10 ** (digits - 1));
    const high = Math.min(most, 10 ** digits - 1);
    parts.push(sameLength(String(low), String(high)));
  }
  return oneOf(parts);
}

/** Of numbers with equally many digits: those with the lowest first digit, those with the highest, and all between. */
function sameLength(low: string, high: string): string {
  if (low === '') return '""';
  const [first = '', last = ''] = [low[0], high[0]];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (first === last) return join(`"${first}"`, sameLength(lowRest, highRest));
  const isWholeLow = /^0*$/.test(lowRest);
  const isWholeHigh = /^9*$/.test(highRest);
  const from = Number(first) + (isWholeLow ? 0 : 1);
  const to = Number(last) - (isWholeHigh ? 0 : 1);
  const parts: string[] = [];
  if (!isWholeLow) parts.push(join(`"${first}"`, sameLength(lowRest, '9'.repeat(lowRest.length))));
  if (from <= to) parts.push(join(from === to ? `"${from}"` : `[${from}-${to}]`, anyDigits(lowRest.length)));
  if (!isWholeHigh) parts.push(join(`"${last}"`, sameLength('0'.repeat(highRest.length), highRest)));
  return oneOf(parts);
}

function anyDigits(count: number): string {
  return count === 0 ? '""' : `[0-9]{${count}}`;
}

function join(first: string, rest: string): string {
  return rest === '""' ? first : `${first} ${rest}`;
}
