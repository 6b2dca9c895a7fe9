// How long the admin list of keys takes a page, as a table.
import { formatTable } from '../harness/format-table.ts';
import { median } from '../harness/statistics.ts';
import type { ListSamples } from './measure-lists.ts';

export function listTable(keys: number, samples: readonly ListSamples[]): string {
  const rows = samples.map(({ what, milliseconds }) => [
    what,
    String(milliseconds.length),
    median(milliseconds).toFixed(1),
    Math.max(...milliseconds).toFixed(1),
  ]);
  return `### Admin list of ${keys} keys, 100 a page\n\n${formatTable(['pages', 'asked for', 'median ms', 'most ms'], rows)}\n`;
}
