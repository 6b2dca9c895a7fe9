// Administrative acts as a table: one line each.
import type { AuditEntry } from '../../../protocol/admin/audit.ts';
import { formatTable } from '../../output/format-table.ts';
import { formatTime } from '../../output/format-time.ts';

/** What of a change a line shows, in characters; the whole is in the JSON. */
const MAX_CHANGE_LENGTH = 80;
const MILLISECONDS_PER_SECOND = 1000;

export function auditTable(entries: readonly AuditEntry[]): string {
  return formatTable(
    ['#', 'TIME (UTC)', 'WHO', 'FROM', 'ACT', 'ON', 'CHANGE'],
    entries.map((entry) => [
      String(entry.sequence),
      formatTime(entry.at / MILLISECONDS_PER_SECOND, '-', 'second'),
      entry.actor.token_name,
      entry.actor.address ?? '-',
      entry.action,
      entry.target,
      describeChange(entry),
    ]),
  );
}

function describeChange({ before, after }: AuditEntry): string {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changes =
    before === null
      ? // Of what was made, only what was said of it.
        names.filter((name) => after?.[name] !== null).map((name) => `${name}: ${show(name, after)}`)
      : names.map((name) => `${name}: ${show(name, before)} → ${show(name, after)}`);
  const text = changes.join(', ');
  return text.length > MAX_CHANGE_LENGTH ? `${text.slice(0, MAX_CHANGE_LENGTH - 1)}…` : text || '-';
}

function show(name: string, state: AuditEntry['before']): string {
  const value = state?.[name];
  if (value === undefined) return 'gone';
  if (typeof value === 'number' && name.endsWith('_at')) return formatTime(value, '');
  return JSON.stringify(value);
}
