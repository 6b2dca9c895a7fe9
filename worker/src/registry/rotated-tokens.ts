// The tokens of one table of the Registry, by their digests. A rotated one keeps its former secret until its grace ends. Reads and writes,
// all synchronous.

const SECONDS_PER_MINUTE = 60;

/** By table: which of its tokens are none of the revoked ones that are kept. */
const LIVE = { admin_tokens: 'revoked_at IS NULL', nodes: 'TRUE' } as const;

/** The columns that such a table has. */
export type TokenRow = {
  id: string;
  created_at: number;
  last_used_at: number | null;
  former_ends_at: number | null;
};

/** Unix seconds. */
export type TokenTimes = { createdAt: number; lastUsedAt: number | null; formerEndsAt: number | null };

export class RotatedTokens<Row extends TokenRow> {
  readonly #sql: SqlStorage;
  readonly #table: keyof typeof LIVE;

  constructor(sql: SqlStorage, table: keyof typeof LIVE) {
    this.#sql = sql;
    this.#table = table;
  }

  /** Whose token has this digest, or had it before a rotation whose grace lasts. Notes the use, at most once a minute. */
  authenticate(digest: string, now: number): Row | null {
    const live = LIVE[this.#table];
    const [row] = this.#sql
      .exec<Row>(
        `SELECT * FROM ${this.#table} WHERE ${live} AND digest = ?1
         UNION ALL
         SELECT * FROM ${this.#table} WHERE ${live} AND former_digest = ?1 AND former_ends_at > ?2`,
        digest,
        now,
      )
      .toArray();
    if (row === undefined) return null;
    const minute = now - (now % SECONDS_PER_MINUTE);
    if (row.last_used_at !== minute) {
      this.#sql.exec(`UPDATE ${this.#table} SET last_used_at = ? WHERE id = ?`, minute, row.id);
    }
    return row;
  }

  /** Gives a token a new secret. `formerEndsAt` null: the former one ends now. One that was former before ends in any case. */
  rotate(id: string, digest: string, formerEndsAt: number | null, now: number): void {
    this.#sql.exec(
      `UPDATE ${this.#table}
       SET former_digest = iif(?1 IS NULL, NULL, digest), former_ends_at = ?1, digest = ?2, created_at = ?3
       WHERE id = ?4`,
      formerEndsAt,
      digest,
      now,
      id,
    );
  }
}

/** A grace that has ended is none. */
export function tokenTimes({ created_at, last_used_at, former_ends_at }: TokenRow, now: number): TokenTimes {
  return {
    createdAt: created_at,
    lastUsedAt: last_used_at,
    formerEndsAt: former_ends_at !== null && former_ends_at > now ? former_ends_at : null,
  };
}
