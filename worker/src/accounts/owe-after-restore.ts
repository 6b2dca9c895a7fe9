// What a restored account owes: to the Registry what its copies lack, and an entry in the index for each secret. Entries are not needed
// for a key to work, so they wait until the account is woken by a call or an act: written all together they would keep a gateway with
// many keys busy for minutes.
import type { StaleCopies } from '../../../protocol/objects/storage-dump.ts';
import type { AccountOutbox } from './account-outbox.ts';

/** Until then the restore is probably over: while it lasts, the Registry takes nothing. */
const FIRST_SENDING_MS = 60_000;

/** Owes what is stale of a page. Call it in the transaction that puts the page in. */
export function oweStale(outbox: AccountOutbox, accountId: string, stale: StaleCopies, nowMs: number): void {
  const dueMs = nowMs + FIRST_SENDING_MS;
  if (stale.account) outbox.put('account', accountId, dueMs);
  for (const keyId of stale.keys) outbox.put('key', keyId, dueMs);
  // Every act on a key changes it, and is in the audit.
  if (stale.keys.length > 0) outbox.put('audit', accountId, dueMs);
  for (const hour of stale.hours) outbox.put('usage', String(hour), dueMs);
}

/** Owes the index. Call it in the transaction that opens the account. Gives whether the alarm has something to do soon. */
export function oweIndex(sql: SqlStorage, nowMs: number): boolean {
  const isStale = sql.exec('SELECT 1 FROM outbox LIMIT 1').toArray().length > 0;
  sql.exec('UPDATE secrets SET index_written_ms = NULL');
  const insert = `INSERT INTO outbox (target, subject, due_ms) SELECT 'index', digest, ? FROM secrets WHERE state <> 'revoked'`;
  sql.exec(insert, nowMs + FIRST_SENDING_MS);
  return isStale;
}
