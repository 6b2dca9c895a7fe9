// What a restored account owes: to the Registry what its copies lack. Of the index it owes nothing: a key without an entry is found by its
// id, and to write all entries together would keep a gateway with many keys busy for minutes. `hearthkey keys reconcile` writes them.
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
