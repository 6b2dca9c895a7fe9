// One thing as a vertical list: what it is called at the left, what it is at the right.
import { printable } from './printable.ts';

const GAP = 2;

/** A name and its value, or several, which then stand below each other. No value: nothing is shown but `-`. */
export type Field = readonly [name: string, value: string | readonly string[]];

export function formatFields(fields: readonly Field[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + GAP;
  return fields.map(([name, value]) => formatField(name, typeof value === 'string' ? [value] : value, width)).join('');
}

function formatField(name: string, values: readonly string[], width: number): string {
  const lines = values.length === 0 ? ['-'] : values;
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(width)}${printable(line)}\n`).join('');
}
