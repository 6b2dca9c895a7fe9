// Guarantee: a line of the audit log says in short what was changed, and cannot harm a terminal.
import { expect, it } from 'vitest';
import { auditTable } from '../../cli/commands/audit/audit-table.ts';
import type { AuditEntry } from '../../protocol/admin/audit.ts';

const entry: AuditEntry = {
  chain: 'registry',
  sequence: 7,
  at: Date.UTC(2026, 10, 25, 23, 6, 12, 345),
  actor: { token_id: 'root', token_name: 'root', address: '10.0.0.1', request_id: null },
  action: 'user.update',
  target: 'aaaaaaaa',
  before: null,
  after: null,
  hash: '',
};

function change(before: AuditEntry['before'], after: AuditEntry['after']): string {
  const line = auditTable([{ ...entry, before, after }]).split('\n')[1] ?? '';
  return line.split('  ').at(-1) ?? '';
}

it('who did what when, from where and to whom', () => {
  expect(auditTable([entry]).split('\n')[1]).toBe('7  2026-11-25 23:06:12  root  10.0.0.1  user.update  aaaaaaaa  -');
});

it('what was changed, made or taken away', () => {
  expect(change({ name: 'a' }, { name: 'b\u001B' })).toBe('name: "a" → "b\\u001b"');
  expect(change(null, { name: 'a', limits: null, expires_at: 0 })).toBe('name: "a", expires_at: 1970-01-01 00:00');
  expect(change({ name: 'a' }, null)).toBe('name: "a" → gone');
  expect(change(null, { name: 'x'.repeat(200) })).toMatch(/^name: "x{72}…$/);
});
