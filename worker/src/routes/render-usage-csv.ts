// A usage report as CSV (RFC 4180): CRLF, quotes where they are needed. A cell of text that a spreadsheet would take for a formula
// gets an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection): callers choose the names of models.
import type { UsageGroup, UsageReport, UsageRow } from '../../../protocol/admin/usage.ts';

const LINE_END = '\r\n';
/** What spreadsheets begin a formula with; a tab or a carriage return may stand before it. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

type Cell = string | number | null | undefined;
type Column = { name: string; read: (row: UsageRow) => Cell };

const GROUP_COLUMNS: readonly (Column & { groups: readonly UsageGroup[] })[] = [
  { name: 'starts_at', groups: ['hour', 'day', 'month'], read: (row) => row.starts_at },
  { name: 'user_id', groups: ['user'], read: (row) => row.user_id },
  { name: 'key_id', groups: ['key'], read: (row) => row.key_id },
  { name: 'model', groups: ['model'], read: (row) => row.model },
];

const SUM_COLUMNS: readonly Column[] = [
  { name: 'calls', read: (row) => row.calls },
  { name: 'prompt_tokens', read: (row) => row.prompt_tokens },
  { name: 'cached_tokens', read: (row) => row.cached_tokens },
  { name: 'completion_tokens', read: (row) => row.completion_tokens },
  { name: 'estimated_calls', read: (row) => row.estimated_calls },
  { name: 'first_token_ms', read: (row) => row.first_token_ms },
  { name: 'errors', read: (row) => renderErrors(row.errors) },
];

/** A header row, then a row for each group. */
export function renderUsageCsv({ group_by: groupBy, data }: UsageReport): string {
  const columns: Column[] = [
    ...GROUP_COLUMNS.filter(({ groups }) => groups.some((group) => groupBy.includes(group))),
    ...SUM_COLUMNS,
  ];
  const lines = [
    columns.map(({ name }) => name),
    ...data.map((row) => columns.map(({ read }) => renderCell(read(row)))),
  ];
  return lines.map((cells) => cells.join(',') + LINE_END).join('');
}

/** `node_offline:3;queue_full:1`. */
function renderErrors(errors: UsageRow['errors']): string {
  return Object.entries(errors)
    .map(([code, count]) => `${code}:${count}`)
    .join(';');
}

function renderCell(value: Cell): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
