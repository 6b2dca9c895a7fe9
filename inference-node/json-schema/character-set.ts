// Characters as they stand in a JSON string: most for themselves, some only escaped.
import { codePoints, complement, type CodePoints, type Range } from '../grammar/code-points.ts';
import { oneOf } from './gbnf-writer.ts';

/** What cannot stand for itself in a JSON string, and how it is written there where that is short. */
const ESCAPES: readonly (readonly [code: number, written: string])[] = [
  [0x22, '"\\\\\\""'],
  [0x5c, '"\\\\\\\\"'],
  [0x08, '"\\\\b"'],
  [0x09, '"\\\\t"'],
  [0x0a, '"\\\\n"'],
  [0x0c, '"\\\\f"'],
  [0x0d, '"\\\\r"'],
];
const NOT_PLAIN = codePoints([
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x7f, 0x7f],
  [0xd800, 0xdfff],
]);

/** An expression for one character of the set inside a JSON string; null when none of them can be written. */
export function writtenInString(set: CodePoints): string | null {
  const plain = intersect(set, complement(NOT_PLAIN));
  const parts = ESCAPES.filter(([code]) => has(set, code)).map(([, written]) => written);
  if (plain.length > 0) parts.unshift(`[${plain.map(writtenInClass).join('')}]`);
  return parts.length === 0 ? null : oneOf(parts);
}

export function intersect(a: CodePoints, b: CodePoints): CodePoints {
  const both: Range[] = [];
  for (const [first, last] of a) {
    for (const [otherFirst, otherLast] of b) {
      const [from, to] = [Math.max(first, otherFirst), Math.min(last, otherLast)];
      if (from <= to) both.push([from, to]);
    }
  }
  return codePoints(both);
}

function has(set: CodePoints, code: number): boolean {
  return set.some(([first, last]) => first <= code && code <= last);
}

function writtenInClass([first, last]: Range): string {
  return first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`;
}

function escaped(code: number): string {
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
  return /[A-Za-z0-9]/.test(String.fromCharCode(code))
    ? String.fromCharCode(code)
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
