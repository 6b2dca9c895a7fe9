// The head of the Registry's audit chain, kept in KV: on the other side from the chain itself, so that whoever cuts the one off
// is found out by the other.
import * as z from 'zod';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import { parseJson } from '../../../protocol/parse-json.ts';

const HEAD_NAME = 'audit:registry';

const headSchema = z.object({ sequence: z.int(), hash: z.string(), mac: z.string() });

/** What was kept last, as far as KV tells; null: nothing yet. */
export async function readKeptHead(namespace: KVNamespace): Promise<AuditHead | null> {
  const text = await namespace.get(HEAD_NAME, 'text');
  return text === null ? null : parseHead(text);
}

/** A head as it is kept. Something else in its place is a head that nobody vouched for. */
export function parseHead(text: string): AuditHead {
  const parsed = headSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : { sequence: 0, hash: '', mac: '' };
}

/** At most one write a second, or KV refuses. */
export async function keepHead(namespace: KVNamespace, head: AuditHead): Promise<void> {
  await namespace.put(HEAD_NAME, JSON.stringify(head));
}
