// What a list of keys is filtered by, as SQL over columns that the indexes keys_in_order and keys_of_user hold. A status is
// nowhere stored: like the one that the admin API shows (routes/render-api-key.ts), it follows from times and the clock.
import type { KeyStatus } from '../../../protocol/admin/admin-key.ts';
import type { KeyFilter } from '../../../protocol/objects/registry-administration.ts';
import { foldCase } from './search-text.ts';

type SqlCondition = { sql: string; values: SqlStorageValue[] };

const NOT_EXPIRED = '(expires_at IS NULL OR expires_at > ?)';

/** All that a filter asks for. */
export function keyConditions(
  { userId, search, status, rotationDue }: KeyFilter,
  before: number,
  now: number,
): SqlCondition {
  const conditions: SqlCondition[] = [{ sql: `state = 'active' AND sequence < ?`, values: [before] }];
  if (userId !== null) conditions.push({ sql: 'user_id = ?', values: [userId] });
  if (search !== null) conditions.push({ sql: 'instr(search, ?) > 0', values: [foldCase(search)] });
  if (status !== null) conditions.push(statusCondition(status, now));
  if (rotationDue !== null) {
    const { sql, values } = rotationDueCondition(now);
    conditions.push({ sql: `${sql} = ?`, values: [...values, rotationDue ? 1 : 0] });
  }
  return { sql: conditions.map(({ sql }) => sql).join(' AND '), values: conditions.flatMap(({ values }) => values) };
}

/** Of a key whose status is this one, at `now` in Unix seconds. */
function statusCondition(status: KeyStatus, now: number): SqlCondition {
  switch (status) {
    case 'revoked':
      return { sql: 'revoked_at IS NOT NULL', values: [] };
    case 'expired':
      return { sql: '(revoked_at IS NULL AND expires_at IS NOT NULL AND expires_at <= ?)', values: [now] };
    case 'disabled':
      return { sql: `(revoked_at IS NULL AND ${NOT_EXPIRED} AND disabled_at IS NOT NULL)`, values: [now] };
    case 'active':
      return { sql: `(revoked_at IS NULL AND ${NOT_EXPIRED} AND disabled_at IS NULL)`, values: [now] };
  }
}

/** Of a key that should be rotated: one that can no longer be used need not be. */
function rotationDueCondition(now: number): SqlCondition {
  const due = 'rotation_due_at IS NOT NULL AND rotation_due_at <= ?';
  return { sql: `(revoked_at IS NULL AND ${NOT_EXPIRED} AND ${due})`, values: [now, now] };
}
