// The one home of the KV namespace: digest of a key → whose key it is. An index and nothing more: it may be stale, missing
// or wrong without anybody being let in, since what is true is asked of the Account on every call.
import * as z from 'zod';
import { keyIdSchema } from '../../../protocol/admin/admin-key.ts';
import { userIdSchema } from '../../../protocol/admin/admin-user.ts';
import { parseJson } from '../../../protocol/parse-json.ts';

/** `key:` + SHA-256 of the key in base64url. docs/storage-schema.md describes the entry. */
const ENTRY_PREFIX = 'key:';

const indexEntrySchema = z.object({ account: userIdSchema, keyId: keyIdSchema });
export type IndexEntry = z.infer<typeof indexEntrySchema>;

/** The index as the Account's outbox writes it: the KV namespace, or a double that enforces its rules. */
export interface KeyIndex {
  /** At most one write a second for the same digest, or KV refuses. */
  write(digest: string, entry: IndexEntry): Promise<void>;
  remove(digest: string): Promise<void>;
}

/** The entry of a digest; null when there is none, or none that makes sense. Rejects when KV does. */
export async function readIndexEntry(namespace: KVNamespace, digest: string): Promise<IndexEntry | null> {
  const text = await namespace.get(ENTRY_PREFIX + digest, 'text');
  if (text === null) return null;
  const parsed = indexEntrySchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** Not the name of any digest's entry. It goes by itself. */
const PROBE = 'probe';
/** KV's shortest, in seconds. */
const PROBE_LIFE_SECONDS = 60;

/** Writes and reads an entry that stands for nothing. Rejects when KV does. */
export async function probeIndex(namespace: KVNamespace): Promise<void> {
  await namespace.put(PROBE, '', { expirationTtl: PROBE_LIFE_SECONDS });
  await namespace.get(PROBE, 'text');
}

/** KV reads as many entries in one operation. */
export const INDEX_READ_SIZE = 100;

/** An entry as it is there; one that makes no sense names nobody. */
export type FoundEntry = { account: string | null; keyId: string | null };

/** The entries of up to `INDEX_READ_SIZE` digests; those that are not there are not in the answer. Rejects when KV does. */
export async function readIndexEntries(
  namespace: KVNamespace,
  digests: readonly string[],
): Promise<Map<string, FoundEntry>> {
  const texts = await namespace.get(
    digests.map((digest) => ENTRY_PREFIX + digest),
    'text',
  );
  const found = new Map<string, FoundEntry>();
  for (const digest of digests) {
    const text = texts.get(ENTRY_PREFIX + digest);
    if (text === null || text === undefined) continue;
    found.set(digest, indexEntrySchema.safeParse(parseJson(text)).data ?? { account: null, keyId: null });
  }
  return found;
}

/** The index in a KV namespace. */
export function createKeyIndex(namespace: KVNamespace): KeyIndex {
  return {
    write: (digest, entry) => namespace.put(ENTRY_PREFIX + digest, JSON.stringify(entry)),
    remove: (digest) => namespace.delete(ENTRY_PREFIX + digest),
  };
}
