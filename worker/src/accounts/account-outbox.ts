// What the account still owes to others: index entries to KV, copies of its records to the Registry. A row says only *what*
// changed; what is sent is read from the tables at that moment. Every change gives the row a new, never reused number, and a
// row is removed only under the number that was sent: a change during the sending is sent again.
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { AccountProjection, RegistryProjections } from '../../../protocol/objects/registry-administration.ts';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import type { KeyIndex } from '../keys/key-index.ts';
import { logEvent } from '../objects/log-event.ts';
import { retryDelayMs } from '../objects/retry-delay.ts';
import { withinTime } from '../objects/within-time.ts';
import { isIndexed } from './is-indexed.ts';
import type { KeyStore } from './key-store.ts';
import type { SecretStore } from './secret-store.ts';

/** KV refuses a second write to the same key within a second. */
const INDEX_WRITE_SPACING_MS = 1_000;
/** Sent together. More than a handful at a time would wait for each other at workerd's limit of six open connections. */
const BATCH_SIZE = 32;
/** Sums of usage in one message: some 250 bytes each, far below the 32 MiB that a message may have. */
const USAGE_SLICE = 5_000;
const SEND_LIMIT_MS = 10_000;

/** Of `subject`: a secret's digest; a key id; the account id; the account id; the begin of an hour in Unix seconds. */
export type OutboxTarget = 'index' | 'key' | 'account' | 'audit' | 'usage';
type OutboxRow = { sequence: number; target: OutboxTarget; subject: string; failures: number };
export type OutboxReceivers = { index: KeyIndex; registry: RegistryProjections };

/** Where what is sent is read from. */
export type OutboxSources = {
  keys: KeyStore;
  secrets: SecretStore;
  /** The end of the account's audit chain, vouched for. */
  readAuditHead: () => AuditHead | null;
  /** Whether the chain goes on from a head that was sent before. */
  continuesAuditHead: (head: AuditHead) => boolean;
  /** All sums of an hour. */
  readUsageOfHour: (hour: number) => UsageOfHour[];
};

export class AccountOutbox {
  readonly #storage: DurableObjectStorage;
  readonly #sources: OutboxSources;
  readonly #receivers: OutboxReceivers;

  constructor(storage: DurableObjectStorage, sources: OutboxSources, receivers: OutboxReceivers) {
    this.#storage = storage;
    this.#sources = sources;
    this.#receivers = receivers;
  }

  /** Owes `target` the state of `subject`, from `dueMs` on (Unix milliseconds), or from when it was due already. */
  put(target: OutboxTarget, subject: string, dueMs: number): void {
    this.#storage.sql.exec(
      `INSERT OR REPLACE INTO outbox (target, subject, due_ms)
       VALUES (?1, ?2, min(?3, coalesce((SELECT due_ms FROM outbox WHERE target = ?1 AND subject = ?2), ?3)))`,
      target,
      subject,
      dueMs,
    );
  }

  /** Owes nothing of `subject` any more. */
  drop(target: OutboxTarget, subject: string): void {
    this.#storage.sql.exec('DELETE FROM outbox WHERE target = ? AND subject = ?', target, subject);
  }

  /** Whether the state of `subject` is owed, and was not sent in vain yet. */
  isOnItsWay(target: OutboxTarget, subject: string): boolean {
    const query = 'SELECT 1 FROM outbox WHERE target = ? AND subject = ? AND failures = 0';
    return this.#storage.sql.exec(query, target, subject).toArray().length > 0;
  }

  /** When the next row is due, in Unix milliseconds; null: nothing is owed. */
  nextDueMs(): number | null {
    return this.#storage.sql.exec<{ due: number | null }>('SELECT min(due_ms) AS due FROM outbox').one().due;
  }

  /** Sends a batch of what is due. Never rejects for a receiver's failure: such rows become due again later. */
  async deliver(): Promise<void> {
    const rows = this.#storage.sql
      .exec<OutboxRow>(
        'SELECT sequence, target, subject, failures FROM outbox WHERE due_ms <= ? ORDER BY due_ms LIMIT ?',
        Date.now(),
        BATCH_SIZE,
      )
      .toArray();
    const indexed = rows.filter((row) => row.target === 'index');
    const copied = rows.filter((row) => row.target !== 'index');
    await Promise.all([this.#sendCopies(copied), ...indexed.map((row) => this.#sendIndexEntry(row))]);
  }

  async #sendCopies(rows: readonly OutboxRow[]): Promise<void> {
    const account = this.#sources.keys.readAccount();
    if (rows.length === 0 || account === null) return;
    try {
      const auditHead = rows.some((row) => row.target === 'audit') ? await this.#chooseAuditHead(account.id) : null;
      for (const projection of this.#readProjections(rows, auditHead)) {
        const sending = this.#receivers.registry.applyProjections(account.id, projection);
        await withinTime(sending, SEND_LIMIT_MS, 'the Registry');
      }
      for (const row of rows) this.#settle(row);
    } catch (problem) {
      for (const row of rows) this.#postpone(row, problem);
    }
  }

  /** A chain that was cut off must not replace the head that gives it away: then that is left for `verify` to find. */
  async #chooseAuditHead(accountId: string): Promise<AuditHead | null> {
    const { readAuditHead, continuesAuditHead } = this.#sources;
    const kept = await withinTime(this.#receivers.registry.readAuditHead(accountId), SEND_LIMIT_MS, 'the Registry');
    if (kept === null || continuesAuditHead(kept)) return readAuditHead();
    logEvent('audit_head_differs', { account: accountId, sequence: kept.sequence });
    return null;
  }

  /** What the rows stand for, as it is now. More than one only for an hour with very many sums. */
  #readProjections(rows: readonly OutboxRow[], auditHead: AuditHead | null): AccountProjection[] {
    const { keys, readUsageOfHour } = this.#sources;
    const account = rows.some((row) => row.target === 'account') ? keys.readAccount() : null;
    const usage = rows.flatMap((row) => (row.target === 'usage' ? readUsageOfHour(Number(row.subject)) : []));
    const first: AccountProjection = {
      account: account && { disabled: account.disabled, limits: account.limits, version: account.version },
      keys: rows.flatMap((row) => (row.target === 'key' ? (keys.readKey(row.subject) ?? []) : [])),
      usage: usage.slice(0, USAGE_SLICE),
      auditHead,
    };
    const projections = [first];
    for (let sent = USAGE_SLICE; sent < usage.length; sent += USAGE_SLICE) {
      projections.push({ account: null, keys: [], usage: usage.slice(sent, sent + USAGE_SLICE), auditHead: null });
    }
    return projections;
  }

  async #sendIndexEntry(row: OutboxRow): Promise<void> {
    const digest = row.subject;
    const account = this.#sources.keys.readAccount();
    const secret = this.#sources.secrets.read(digest);
    if (account === null) return;
    const freeAtMs = (secret?.index_written_ms ?? 0) + INDEX_WRITE_SPACING_MS;
    if (freeAtMs > Date.now()) {
      this.#wait(row, freeAtMs);
      return;
    }
    const { index } = this.#receivers;
    const wanted = secret !== null && isIndexed(secret) ? { account: account.id, keyId: secret.key_id } : null;
    try {
      await withinTime(wanted ? index.write(digest, wanted) : index.remove(digest), SEND_LIMIT_MS, 'the key index');
      this.#storage.transactionSync(() => {
        this.#sources.secrets.noteIndexWrite(digest, Date.now());
        this.#settle(row);
      });
    } catch (problem) {
      this.#postpone(row, problem);
    }
  }

  #settle(row: OutboxRow): void {
    this.#storage.sql.exec('DELETE FROM outbox WHERE sequence = ?', row.sequence);
  }

  #wait(row: OutboxRow, dueMs: number): void {
    this.#storage.sql.exec('UPDATE outbox SET due_ms = ? WHERE sequence = ?', dueMs, row.sequence);
  }

  #postpone(row: OutboxRow, problem: unknown): void {
    const failures = row.failures + 1;
    logEvent('outbox_retry', { target: row.target, failures }, problem);
    this.#storage.sql.exec(
      'UPDATE outbox SET due_ms = ?, failures = ? WHERE sequence = ?',
      Date.now() + retryDelayMs(failures),
      failures,
      row.sequence,
    );
  }
}
