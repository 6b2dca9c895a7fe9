// Nodes and the digests of their tokens, as rows. A rotated token keeps its former secret until its grace ends. Reads and writes,
// all synchronous; what may be done with them is node-administration.ts's.
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';

const SECONDS_PER_MINUTE = 60;

type NodeRow = {
  id: string;
  digest: string;
  created_at: number;
  last_used_at: number | null;
  former_ends_at: number | null;
};

export class NodeDirectory {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whose token has this digest, or had it before a rotation whose grace lasts. Notes the use, at most once a minute. */
  authenticate(digest: string, now: number): { nodeId: string } | null {
    const query = 'SELECT * FROM nodes WHERE digest = ?1 OR (former_digest = ?1 AND former_ends_at > ?2)';
    const [row] = this.#sql.exec<NodeRow>(query, digest, now).toArray();
    if (row === undefined) return null;
    const minute = now - (now % SECONDS_PER_MINUTE);
    if (row.last_used_at !== minute) {
      this.#sql.exec('UPDATE nodes SET last_used_at = ? WHERE id = ?', minute, row.id);
    }
    return { nodeId: row.id };
  }

  /** By id. */
  list(now: number): NodeRecord[] {
    const rows = this.#sql.exec<NodeRow>('SELECT * FROM nodes ORDER BY id').toArray();
    return rows.map((row) => toRecord(row, now));
  }

  read(id: string, now: number): NodeRecord | null {
    const [row] = this.#sql.exec<NodeRow>('SELECT * FROM nodes WHERE id = ?', id).toArray();
    return row === undefined ? null : toRecord(row, now);
  }

  count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM nodes').one().count;
  }

  insert(id: string, digest: string, now: number): void {
    this.#sql.exec('INSERT INTO nodes (id, digest, created_at) VALUES (?, ?, ?)', id, digest, now);
  }

  /** `formerEndsAt` null: the former token ends now. One that was former before ends in any case. */
  rotate(id: string, digest: string, formerEndsAt: number | null, now: number): void {
    this.#sql.exec(
      `UPDATE nodes SET former_digest = iif(?1 IS NULL, NULL, digest), former_ends_at = ?1, digest = ?2, created_at = ?3
       WHERE id = ?4`,
      formerEndsAt,
      digest,
      now,
      id,
    );
  }

  delete(id: string): void {
    this.#sql.exec('DELETE FROM nodes WHERE id = ?', id);
  }
}

function toRecord(row: NodeRow, now: number): NodeRecord {
  const { former_ends_at: formerEndsAt } = row;
  return {
    nodeId: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    formerEndsAt: formerEndsAt !== null && formerEndsAt > now ? formerEndsAt : null,
  };
}
