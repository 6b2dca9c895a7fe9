// Usage as a table: what it is summed up by, the sums, and below them the sum of all.
import type { UsageGroup, UsageReport, UsageRow } from '../../../protocol/admin/usage.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';

const SUMS = ['CALLS', 'PROMPT', 'CACHED', 'COMPLETION', 'ESTIMATED', 'ERRORS', 'FIRST TOKEN'];
/** How much of a time names an hour, a day, a month; finest first. */
const PERIODS = [
  ['hour', '2026-01-01 00:00'.length],
  ['day', '2026-01-01'.length],
  ['month', '2026-01'.length],
] as const;

type Column = { title: string; cell: (row: UsageRow) => string };

/** `userNames`: by id. */
export function usageTable(report: UsageReport, userNames: ReadonlyMap<string, string>): string {
  const columns = groupColumns(report.group_by, userNames);
  const rows = report.data.map((row) => [...columns.map(({ cell }) => cell(row)), ...sums(row)]);
  const total = columns.map((_, index) => (index === 0 ? 'total' : ''));
  const table = formatTable(
    [...columns.map(({ title }) => title), ...SUMS],
    columns.length === 0 ? rows : [...rows, [...total, ...sums(addUp(report.data))]],
    { numbers: SUMS },
  );
  const range = `${formatTime(report.from, '')} to ${formatTime(report.to, '')} UTC; prompt, cached and completion in tokens\n`;
  const more = '… not all of it: narrow the range, or sum up by less\n';
  return table + range + (report.complete ? '' : more);
}

function groupColumns(groups: readonly UsageGroup[], userNames: ReadonlyMap<string, string>): Column[] {
  const columns: Column[] = [];
  const period = PERIODS.find(([name]) => groups.includes(name));
  if (period !== undefined) {
    const [title, length] = period;
    columns.push({
      title: title.toUpperCase(),
      cell: (row) => formatTime(row.starts_at ?? null, '-').slice(0, length),
    });
  }
  if (groups.includes('user')) {
    columns.push({ title: 'USER', cell: (row) => row.user_id ?? '-' });
    columns.push({ title: 'NAME', cell: (row) => userNames.get(row.user_id ?? '') ?? '-' });
  }
  if (groups.includes('key')) columns.push({ title: 'KEY', cell: (row) => keyName(row.key_id) });
  if (groups.includes('model')) columns.push({ title: 'MODEL', cell: (row) => row.model ?? '-' });
  return columns;
}

function keyName(id: string | undefined): string {
  return id === undefined ? '-' : `hk_${id}`;
}

function sums(row: UsageRow): string[] {
  const errors = Object.values(row.errors).reduce((sum, count) => sum + count, 0);
  const counts = [row.calls, row.prompt_tokens, row.cached_tokens, row.completion_tokens, row.estimated_calls, errors];
  return [...counts.map(String), row.first_token_ms === null ? '-' : `${Math.round(row.first_token_ms)} ms`];
}

/** The mean time to the first token is left open: rows do not say how many of their calls had one. */
function addUp(rows: readonly UsageRow[]): UsageRow {
  const total = (name: 'calls' | 'prompt_tokens' | 'cached_tokens' | 'completion_tokens' | 'estimated_calls'): number =>
    rows.reduce((sum, row) => sum + row[name], 0);
  const errors = rows.flatMap((row) => Object.values(row.errors)).reduce((sum, count) => sum + count, 0);
  return {
    calls: total('calls'),
    prompt_tokens: total('prompt_tokens'),
    cached_tokens: total('cached_tokens'),
    completion_tokens: total('completion_tokens'),
    estimated_calls: total('estimated_calls'),
    first_token_ms: null,
    errors: { all: errors },
  };
}
