// What the account still owes to others: index entries to KV, copies of its records to the Registry. A row says only *what*
// changed; what is sent is read from the tables at that moment. Every change gives the row a new, never reused number, and a
// row is removed only under the number that was sent: a change during the sending is sent again.
import type { RegistryProjections } from '../../../protocol/objects/registry-administration.ts';
import type { KeyIndex } from '../keys/key-index.ts';
import { logEvent } from '../objects/log-event.ts';
import { retryDelayMs } from '../objects/retry-delay.ts';
import { withinTime } from '../objects/within-time.ts';
import type { KeyStore } from './key-store.ts';

/** KV refuses a second write to the same key within a second. */
const INDEX_WRITE_SPACING_MS = 1_000;
/** Sent together. More than a handful at a time would wait for each other at workerd's limit of six open connections. */
const BATCH_SIZE = 32;
const SEND_LIMIT_MS = 10_000;

type OutboxTarget = 'index' | 'key' | 'account';
type OutboxRow = { sequence: number; target: OutboxTarget; subject: string; failures: number };
export type OutboxReceivers = { index: KeyIndex; registry: RegistryProjections };

export class AccountOutbox {
  readonly #storage: DurableObjectStorage;
  readonly #store: KeyStore;
  readonly #receivers: OutboxReceivers;

  constructor(storage: DurableObjectStorage, store: KeyStore, receivers: OutboxReceivers) {
    this.#storage = storage;
    this.#store = store;
    this.#receivers = receivers;
  }

  /** Owes `target` the present state of `subject`: a digest, a key id, or the account id. Due now. */
  put(target: OutboxTarget, subject: string, nowMs: number): void {
    const insert = 'INSERT OR REPLACE INTO outbox (target, subject, due_ms) VALUES (?, ?, ?)';
    this.#storage.sql.exec(insert, target, subject, nowMs);
  }

  /** Owes nothing of `subject` any more. */
  drop(target: OutboxTarget, subject: string): void {
    this.#storage.sql.exec('DELETE FROM outbox WHERE target = ? AND subject = ?', target, subject);
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
    const account = this.#store.readAccount();
    if (rows.length === 0 || account === null) return;
    const state = rows.some((row) => row.target === 'account')
      ? { disabled: account.disabled, version: account.version }
      : null;
    const keys = rows.flatMap((row) => (row.target === 'key' ? (this.#store.readKey(row.subject) ?? []) : []));
    try {
      const sending = this.#receivers.registry.applyProjections(account.id, state, keys);
      await withinTime(sending, SEND_LIMIT_MS, 'the Registry');
      for (const row of rows) this.#settle(row);
    } catch (problem) {
      for (const row of rows) this.#postpone(row, problem);
    }
  }

  async #sendIndexEntry(row: OutboxRow): Promise<void> {
    const digest = row.subject;
    const account = this.#store.readAccount();
    const secret = this.#store.readSecret(digest);
    if (account === null) return;
    const freeAtMs = (secret?.index_written_ms ?? 0) + INDEX_WRITE_SPACING_MS;
    if (freeAtMs > Date.now()) {
      this.#wait(row, freeAtMs);
      return;
    }
    const { index } = this.#receivers;
    const wanted = secret?.state === 'current' ? { account: account.id, keyId: secret.key_id } : null;
    try {
      await withinTime(wanted ? index.write(digest, wanted) : index.remove(digest), SEND_LIMIT_MS, 'the key index');
      this.#storage.transactionSync(() => {
        this.#store.noteIndexWrite(digest, Date.now());
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
