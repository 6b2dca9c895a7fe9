// Compares the index in KV with what it should hold for an account's secrets. What is wrong is owed anew and written by the
// outbox, which keeps KV's rules.
import type { IndexReconciliation } from '../../../protocol/objects/account-administration.ts';
import { INDEX_READ_SIZE, type FoundEntry } from '../keys/key-index.ts';
import { withinTime } from '../objects/within-time.ts';
import type { AccountParts } from './account-parts.ts';
import { isIndexed } from './is-indexed.ts';
import type { SecretRow } from './secret-store.ts';

/** workerd's limit of open connections. */
const PARALLEL_READS = 6;
const READ_LIMIT_MS = 10_000;

/** Reads up to `INDEX_READ_SIZE` entries; of digests that have none there is nothing in it. */
export type ReadEntries = (digests: string[]) => Promise<Map<string, FoundEntry>>;

/** Mends nothing when `dryRun`. Rejects when KV cannot be read. */
export async function reconcileIndex(
  parts: AccountParts,
  readEntries: ReadEntries,
  dryRun: boolean,
): Promise<IndexReconciliation> {
  const found: IndexReconciliation = { secrets: 0, missing: 0, superfluous: 0 };
  let batch = parts.secrets.list('', PARALLEL_READS * INDEX_READ_SIZE);
  while (batch.length > 0) {
    const wrong = (await Promise.all(slice(batch).map((part) => findWrong(parts, part, readEntries)))).flat();
    found.secrets += batch.length;
    found.missing += wrong.filter(({ problem }) => problem === 'missing').length;
    found.superfluous += wrong.filter(({ problem }) => problem === 'superfluous').length;
    if (!dryRun && wrong.length > 0) {
      await parts.commit(() => {
        for (const { digest } of wrong) parts.outbox.put('index', digest, Date.now());
      });
    }
    batch = parts.secrets.list(batch.at(-1)?.digest ?? '', PARALLEL_READS * INDEX_READ_SIZE);
  }
  return found;
}

type Wrong = { digest: string; problem: 'missing' | 'superfluous' };

/** What the outbox is about to write anyway is not wrong. */
async function findWrong(
  { keys, secrets, outbox }: AccountParts,
  rows: SecretRow[],
  readEntries: ReadEntries,
): Promise<Wrong[]> {
  const reading = readEntries(rows.map(({ digest }) => digest));
  const entries = await withinTime(reading, READ_LIMIT_MS, 'the key index');
  const accountId = keys.readAccount()?.id;
  return rows.flatMap(({ digest }) => {
    // Read again: it may have ended while KV was asked.
    const secret = secrets.read(digest);
    const entry = entries.get(digest);
    if (secret === null || outbox.isOnItsWay('index', digest)) return [];
    if (!isIndexed(secret)) return entry === undefined ? [] : { digest, problem: 'superfluous' };
    const isRight = entry?.account === accountId && entry?.keyId === secret.key_id;
    return isRight ? [] : { digest, problem: 'missing' };
  });
}

function slice(rows: SecretRow[]): SecretRow[][] {
  const parts: SecretRow[][] = [];
  for (let begin = 0; begin < rows.length; begin += INDEX_READ_SIZE)
    parts.push(rows.slice(begin, begin + INDEX_READ_SIZE));
  return parts;
}
