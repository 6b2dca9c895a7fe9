// The administrative acts of one object, append-only, in its SQLite table `audit (sequence INTEGER PRIMARY KEY, entry TEXT NOT
// NULL, hash TEXT NOT NULL)`. Used by Account and Registry alike. All of it is synchronous: an act and its entry are written
// in one transaction, so that neither is ever there without the other.
import { auditEntrySchema, type AuditAction, type AuditEntry, type AuditPage } from '../../../protocol/admin/audit.ts';
import type { AccountAdministration, AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { KeyCheckSecrets } from '../keys/check-keys.ts';
import { FIRST_PREVIOUS_HASH, hashAuditEntry } from './audit-hash.ts';
import type { AuditEnd } from './audit-head.ts';
import { verifyAuditRows, type AuditRow } from './verify-audit-rows.ts';

/** One act. `before` and `after` hold what it changed, in the admin API's words: never a secret, never a digest. */
export type AuditAct = {
  actor: AuditActor;
  action: AuditAction;
  /** Id of the user, key or admin token. */
  target: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
};

export type AuditVerdict = Awaited<ReturnType<AccountAdministration['verifyAudit']>>;

export class AuditChain {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds an act to the chain named `chain` (`registry`, or the account's id). Call it inside the act's own transaction. */
  append(chain: string, { actor, action, target, before, after }: AuditAct, nowMs: number): void {
    const { sequence: last, hash: previousHash } = this.readEnd() ?? { sequence: 0, hash: FIRST_PREVIOUS_HASH };
    const told: Omit<AuditEntry, 'hash'> = {
      chain,
      sequence: last + 1,
      at: nowMs,
      actor: {
        token_id: actor.tokenId,
        token_name: actor.tokenName,
        address: actor.address,
        request_id: actor.requestId,
      },
      action,
      target,
      before,
      after,
    };
    const entry = JSON.stringify(told);
    const insert = 'INSERT INTO audit (sequence, entry, hash) VALUES (?, ?, ?)';
    this.#sql.exec(insert, told.sequence, entry, hashAuditEntry(previousHash, entry));
  }

  /** The last entry's place and hash; null: nothing was done yet. */
  readEnd(): AuditEnd | null {
    const query = 'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1';
    return this.#sql.exec<AuditEnd>(query).toArray()[0] ?? null;
  }

  /** Whether the chain has this hash at this place. */
  holds({ sequence, hash }: AuditEnd): boolean {
    return this.#sql.exec('SELECT 1 FROM audit WHERE sequence = ? AND hash = ?', sequence, hash).toArray().length > 0;
  }

  /** The newest entries before `before` (null: from the end). What cannot be read any more is left to `verify`. */
  list(limit: number, before: number | null): Omit<AuditPage, 'object'> {
    const rows = this.#sql
      .exec<AuditRow>(
        'SELECT sequence, entry, hash FROM audit WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
        before ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      )
      .toArray();
    return { data: rows.slice(0, limit).flatMap((row) => readEntry(row) ?? []), has_more: rows.length > limit };
  }

  /** Recomputes the chain, and compares it with the head that the other side keeps (null: it keeps none yet). */
  verify(chain: string, head: AuditHead | null, secrets: KeyCheckSecrets): AuditVerdict {
    const rows = this.#sql.exec<AuditRow>('SELECT sequence, entry, hash FROM audit ORDER BY sequence');
    return verifyAuditRows(chain, rows, head, secrets);
  }
}

function readEntry({ sequence, entry, hash }: AuditRow): AuditEntry | null {
  try {
    return auditEntrySchema.parse({ ...(JSON.parse(entry) as object), sequence, hash });
  } catch {
    return null;
  }
}
