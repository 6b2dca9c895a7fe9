// A backup of everything, part by part: first the Registry's own storage, then that of all users there were at that moment, deleted
// ones included. The Registry comes first, since what it keeps of accounts (heads of audit chains, copies) must not be newer than the
// accounts are; of newer accounts it is told after a restore.
import * as z from 'zod';
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type { StateAnswer } from '../../../protocol/objects/state-backup.ts';
import { dumpCursorSchema, type DumpedPage, type PageSize } from '../../../protocol/objects/storage-dump.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import { dumpStorage } from '../objects/dump-storage.ts';
import type { AccountAccess } from './account-access.ts';
import type { RegistryAudit } from './registry-audit.ts';
import { REGISTRY_STORAGE } from './registry-storage-plan.ts';

/**
 * A part must go into a request again, of which the body has 1 MiB at most unless configured: three bytes for each character in
 * the worst case, and room for what is around the rows.
 */
const PART: PageSize = { rows: 2_000, characters: 300_000 };
/** Accounts that one part begins with: most have a few keys, and each is an object to be woken. */
const BATCH_SIZE = 16;

/** `users`: the sequence number of the last one that belongs to the backup. */
const cursorSchema = z.union([
  z.strictObject({ registry: dumpCursorSchema, users: z.int() }),
  z.strictObject({
    /** The sequence number of the last user whose account was begun. */
    begun: z.int(),
    users: z.int(),
    /** Accounts that were begun and have more pages. */
    open: z.array(z.strictObject({ id: z.string(), at: dumpCursorSchema })).max(BATCH_SIZE),
  }),
]);

type Cursor = z.infer<typeof cursorSchema>;
type AccountsCursor = Extract<Cursor, { begun: number }>;
type Part = { pages: StoragePage[]; next: Cursor | null };

export type BackupParts = { storage: DurableObjectStorage; accounts: AccountAccess; audit: RegistryAudit };

/** The part at `cursor`; null: the first one, which is an administrative act. */
export async function readBackup(
  parts: BackupParts,
  cursor: string | null,
  actor: AuditActor,
): Promise<StateAnswer<{ pages: StoragePage[]; cursor: string | null }>> {
  if (cursor === null) {
    await parts.audit.noteKeptHead();
    parts.audit.append({ actor, action: 'state.backup', target: 'registry', before: null, after: null });
  }
  const place = cursor === null ? null : parseCursor(cursor);
  if (place === undefined) return { ok: false, reason: 'unknown_cursor' };
  const part = place !== null && 'begun' in place ? await readAccounts(parts, place) : readRegistry(parts, place);
  if (!part.ok) return part;
  const { pages, next } = part.value;
  return { ok: true, value: { pages, cursor: next && JSON.stringify(next) } };
}

/** Undefined: it is not one of ours. */
function parseCursor(text: string): Cursor | undefined {
  return cursorSchema.safeParse(parseJson(text)).data;
}

function readRegistry(
  { storage: { sql } }: BackupParts,
  place: Exclude<Cursor, AccountsCursor> | null,
): StateAnswer<Part> {
  const dumped = dumpStorage(sql, REGISTRY_STORAGE, 'registry', place?.registry ?? null, PART);
  if (dumped === null) return { ok: false, reason: 'always_changing' };
  const { page, next } = dumped;
  // While the tables of one moment are read no user is added, or all begins again.
  const users = place === null || page.number === 0 ? lastUser(sql) : place.users;
  return {
    ok: true,
    value: {
      pages: [page],
      next: next === null ? nextAccounts({ begun: 0, users, open: [] }) : { registry: next, users },
    },
  };
}

function lastUser(sql: SqlStorage): number {
  return sql.exec<{ last: number | null }>('SELECT max(sequence) AS last FROM users').one().last ?? 0;
}

async function readAccounts({ storage, accounts }: BackupParts, place: AccountsCursor): Promise<StateAnswer<Part>> {
  const [open, ...waiting] = place.open;
  const users = open === undefined ? nextUsers(storage.sql, place) : [];
  const wanted = open === undefined ? users.map(({ id }) => ({ id, at: null })) : [open];
  const size = { rows: Math.floor(PART.rows / wanted.length), characters: Math.floor(PART.characters / wanted.length) };
  const answers = await Promise.all(
    wanted.map(({ id, at }) =>
      accounts.reach(id, async (account) => ({ id, dumped: await account.dumpStorage(id, at, size) })),
    ),
  );
  const dumped: (DumpedPage & { id: string })[] = [];
  for (const answer of answers) {
    if (answer === null) return { ok: false, reason: 'account_unavailable' };
    if (answer.dumped === null) return { ok: false, reason: 'always_changing' };
    dumped.push({ id: answer.id, ...answer.dumped });
  }
  const unfinished = dumped.flatMap(({ id, next }) => (next === null ? [] : [{ id, at: next }]));
  const begun = users.at(-1)?.sequence ?? place.begun;
  const next = nextAccounts({ begun, users: place.users, open: [...unfinished, ...waiting] });
  return { ok: true, value: { pages: dumped.map(({ page }) => page), next } };
}

function nextUsers(sql: SqlStorage, { begun, users }: AccountsCursor): { id: string; sequence: number }[] {
  const query = 'SELECT id, sequence FROM users WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?';
  return sql.exec<{ id: string; sequence: number }>(query, begun, users, BATCH_SIZE).toArray();
}

function nextAccounts(place: AccountsCursor): AccountsCursor | null {
  return place.open.length === 0 && place.begun >= place.users ? null : place;
}
