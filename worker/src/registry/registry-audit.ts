// The Registry's own audit chain (users, admin tokens), and its head, which goes to KV. The head there is only ever replaced by
// one of the same chain: a chain that was cut off must not overwrite what gives it away.
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import { AuditChain, type AuditAct, type AuditVerdict } from '../audit/audit-chain.ts';
import { isGenuineAuditHead, signAuditHead } from '../audit/audit-head.ts';
import type { KeyCheckSecrets } from '../keys/check-keys.ts';
import { logEvent } from '../objects/log-event.ts';
import { retryDelayMs } from '../objects/retry-delay.ts';
import { withinTime } from '../objects/within-time.ts';
import { keepHead, parseHead, readKeptHead } from './kept-audit-head.ts';

const CHAIN = 'registry';
/** In the table `meta`. */
const NOTED_HEAD = 'kept_audit_head';
/** KV refuses a second write to the same key within a second. */
const HEAD_SPACING_MS = 1_000;
const KV_LIMIT_MS = 10_000;

export type RegistryAuditParts = {
  sql: SqlStorage;
  namespace: KVNamespace;
  /** Read when it is needed: without an audit entry to vouch for, no secret is. */
  secrets: () => KeyCheckSecrets;
};

export class RegistryAudit {
  readonly #parts: RegistryAuditParts;
  readonly #chain: AuditChain;
  /** How far KV was told, as far as this object knows: after a restart it tells again. */
  #toldSequence = 0;
  #notBeforeMs = 0;
  #failures = 0;

  constructor(parts: RegistryAuditParts) {
    this.#parts = parts;
    this.#chain = new AuditChain(parts.sql);
  }

  /** Adds an act. Call it inside the act's own transaction, and set the alarm afterwards. */
  append(act: AuditAct): void {
    this.#chain.append(CHAIN, act, Date.now());
  }

  list(limit: number, before: number | null): ReturnType<AuditChain['list']> {
    return this.#chain.list(limit, before);
  }

  /** Rejects when KV cannot be reached. */
  async verify(): Promise<AuditVerdict> {
    const head = await withinTime(readKeptHead(this.#parts.namespace), KV_LIMIT_MS, 'the audit head');
    return this.#chain.verify(CHAIN, head, this.#parts.secrets());
  }

  /** When the head should go to KV, in Unix milliseconds; null: it is there. */
  nextDueMs(): number | null {
    const end = this.#chain.readEnd();
    return end === null || end.sequence <= this.#toldSequence ? null : Math.max(this.#notBeforeMs, Date.now());
  }

  /** Brings the head to KV when that is due. Never rejects: what fails becomes due again later. */
  async deliverHead(nowMs: number): Promise<void> {
    const end = this.#chain.readEnd();
    if (end === null || end.sequence <= this.#toldSequence || nowMs < this.#notBeforeMs) return;
    try {
      await withinTime(
        this.#replaceHead(signAuditHead(CHAIN, end, this.#parts.secrets().keyCheckSecret)),
        KV_LIMIT_MS,
        'KV',
      );
      this.#toldSequence = end.sequence;
      this.#failures = 0;
      this.#notBeforeMs = Date.now() + HEAD_SPACING_MS;
    } catch (problem) {
      this.#failures += 1;
      this.#notBeforeMs = Date.now() + Math.max(HEAD_SPACING_MS, retryDelayMs(this.#failures));
      logEvent('audit_head_retry', { failures: this.#failures }, problem);
    }
  }

  /** Notes which head is kept, for a backup: the restored chain is held against it. Rejects when KV cannot be reached. */
  async noteKeptHead(): Promise<void> {
    const { sql, namespace } = this.#parts;
    const head = await withinTime(readKeptHead(namespace), KV_LIMIT_MS, 'the audit head');
    sql.exec('DELETE FROM meta WHERE name = ?', NOTED_HEAD);
    if (head !== null) sql.exec('INSERT INTO meta (name, value) VALUES (?, ?)', NOTED_HEAD, JSON.stringify(head));
  }

  /**
   * For a chain that was restored as a whole, and for nothing else: keeps its head in place of whatever head is kept. When the
   * chain was cut off before it was backed up, the head that gives that away is kept, for `verify` to find. Rejects when KV does
   * not take it.
   */
  async takeOverHead(): Promise<void> {
    const [noted, end] = [this.#readNotedHead(), this.#chain.readEnd()];
    if (end === null) return;
    const secrets = this.#parts.secrets();
    const isWhole = noted === null || (this.#chain.holds(noted) && isGenuineAuditHead(CHAIN, noted, secrets));
    const head = isWhole ? signAuditHead(CHAIN, end, secrets.keyCheckSecret) : noted;
    const keep = (): Promise<void> => withinTime(keepHead(this.#parts.namespace, head), KV_LIMIT_MS, 'KV');
    // The head of the chain that was here before may have been written just now.
    await keep().catch(() => wait(HEAD_SPACING_MS).then(keep));
    this.#toldSequence = end.sequence;
    this.#notBeforeMs = Date.now() + HEAD_SPACING_MS;
  }

  #readNotedHead(): AuditHead | null {
    const query = 'SELECT value FROM meta WHERE name = ?';
    const [row] = this.#parts.sql.exec<{ value: string }>(query, NOTED_HEAD).toArray();
    return row === undefined ? null : parseHead(row.value);
  }

  async #replaceHead(head: AuditHead): Promise<void> {
    const { namespace } = this.#parts;
    const kept = await readKeptHead(namespace);
    if (kept !== null && !this.#chain.holds(kept)) {
      // Left as it is, for `verify` to find.
      logEvent('audit_head_differs', { sequence: kept.sequence });
      return;
    }
    if (kept?.sequence !== head.sequence || kept.mac !== head.mac) await keepHead(namespace, head);
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
