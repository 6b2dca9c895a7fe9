// What a restored account owes: an entry in the index for each secret, and to the Registry all that its copies may lack, since the
// Registry was backed up earlier. Which keys that concerns, the Registry itself has found out (adopt-key-rows.ts).
import type { AccountOutbox } from './account-outbox.ts';

/** After the longest time for which a node's late record still corrects an hour (24 h), and with room for an outage. */
const TOLD_HOURS_SECONDS = 72 * 3_600;
/** Until then the restore is probably over: while it lasts, the Registry takes nothing, and work like this would hold it up. */
const FIRST_SENDING_MS = 300_000;

/** `keys`: those of which the Registry's copies are old. Call it in the transaction that puts them in. */
export function oweKeys(outbox: AccountOutbox, keys: readonly string[], nowMs: number): void {
  for (const keyId of keys) outbox.put('key', keyId, nowMs + FIRST_SENDING_MS);
}

/** Call it in the transaction that opens the account. */
export function oweAfterRestore(sql: SqlStorage, outbox: AccountOutbox, accountId: string, nowMs: number): void {
  const dueMs = nowMs + FIRST_SENDING_MS;
  sql.exec('UPDATE secrets SET index_written_ms = NULL');
  sql.exec(
    `INSERT OR IGNORE INTO outbox (target, subject, due_ms) SELECT 'index', digest, ? FROM secrets WHERE state <> 'revoked'`,
    dueMs,
  );
  outbox.put('account', accountId, dueMs);
  outbox.put('audit', accountId, dueMs);
  const query = 'SELECT DISTINCT hour FROM usage WHERE hour > (SELECT max(hour) FROM usage) - ?';
  for (const { hour } of sql.exec<{ hour: number }>(query, TOLD_HOURS_SECONDS).toArray()) {
    outbox.put('usage', String(hour), dueMs);
  }
}
