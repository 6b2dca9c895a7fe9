// The heads of the accounts' audit chains: kept here, on the other side from the chains themselves.
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';

export class AuditHeads {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  read(accountId: string): AuditHead | null {
    const query = 'SELECT sequence, hash, mac FROM audit_heads WHERE account_id = ?';
    return this.#sql.exec<AuditHead>(query, accountId).toArray()[0] ?? null;
  }

  /** Takes over a head, unless one that is as far or further is here: a head never goes back. */
  apply(accountId: string, { sequence, hash, mac }: AuditHead): void {
    this.#sql.exec(
      `INSERT INTO audit_heads (account_id, sequence, hash, mac) VALUES (?, ?, ?, ?)
       ON CONFLICT (account_id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash, mac = excluded.mac
       WHERE excluded.sequence > audit_heads.sequence`,
      accountId,
      sequence,
      hash,
      mac,
    );
  }
}
