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
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const changes = [...names].map((name) => {
    const [old, now] = [show(before?.[name]), show(after?.[name])];
    if (before === null) return `${name}: ${now}`;
    return `${name}: ${old} → ${after === null ? 'gone' : now}`;
  });
  const text = changes.join(', ');
  return text.length > MAX_CHANGE_LENGTH ? `${text.slice(0, MAX_CHANGE_LENGTH - 1)}…` : text || '-';
}

function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
