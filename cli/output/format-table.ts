// Rows as aligned columns.
import { printable } from './printable.ts';

const GAP = '  ';

export type TableOptions = {
  /** Columns of numbers, which stand at the right. */
  numbers?: readonly string[];
};

/** A header and rows, each column as wide as its longest cell; lines end without spaces. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { numbers = [] }: TableOptions = {},
): string {
  const lines = [header, ...rows].map((row) => row.map(printable));
  const columns = header.map((name, column) => ({
    width: Math.max(...lines.map((line) => line[column]?.length ?? 0)),
    right: numbers.includes(name),
  }));
  return lines.map((line) => formatLine(line, columns)).join('');
}

function formatLine(cells: readonly string[], columns: readonly { width: number; right: boolean }[]): string {
  const padded = columns.map(({ width, right }, column) => {
    const cell = cells[column] ?? '';
    return right ? cell.padStart(width) : cell.padEnd(width);
  });
  return `${padded.join(GAP).trimEnd()}\n`;
}
