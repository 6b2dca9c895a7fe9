// What tests of backup and restore start from: the admin API's own routes, in parts, and objects that can be emptied again.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { auditVerificationSchema } from '../../../protocol/admin/audit.ts';
import { backupPartSchema, type BackupPart, type StoragePage } from '../../../protocol/admin/backup.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { accountOf } from '../accounts/open-account.ts';
import { callAdmin, createUser } from '../admin-api.ts';

/** All parts of a backup, as `hearthkey backup` asks for them. `between` runs before each but the first. */
export async function readParts(
  between: (part: number) => Promise<void> = () => Promise.resolve(),
): Promise<BackupPart[]> {
  const parts: BackupPart[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    if (parts.length > 0) await between(parts.length);
    const response = await callAdmin('POST', '/admin/backup', cursor === undefined ? {} : { cursor });
    const part = backupPartSchema.parse(await response.json());
    parts.push(part);
    cursor = part.cursor;
  }
  return parts;
}

/** What a restore has to say at its end about these parts. */
export function sumUp(parts: readonly BackupPart[]): { accounts: number; rows: number } {
  const byObject = new Map<string, { attempt: number; rows: number }>();
  for (const page of parts.flatMap(({ pages }) => pages)) {
    const before = byObject.get(page.object);
    const rows = before?.attempt === page.attempt ? before.rows : 0;
    byObject.set(page.object, { attempt: page.attempt, rows: rows + countRows(page) });
  }
  const rows = [...byObject.values()].reduce((sum, object) => sum + object.rows, 0);
  return { accounts: byObject.size - 1, rows };
}

export function countRows({ tables }: StoragePage): number {
  return tables.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** An object that nobody else has, to be used for its storage. */
export function emptyObject() {
  return env.ACCOUNT.getByName(`for its storage ${randomId()}`);
}

export function registry() {
  return env.REGISTRY.getByName('registry');
}

export async function sendPart(
  backup: string,
  { key_check, pages }: Pick<BackupPart, 'key_check' | 'pages'>,
): Promise<Response> {
  return callAdmin('POST', '/admin/restore', { backup, key_check, pages });
}

/** The answer to the first request that is refused, or to the last one. */
export async function restore(parts: readonly BackupPart[], backup = randomId()): Promise<Response> {
  for (const part of parts) {
    const response = await sendPart(backup, part);
    if (!response.ok) return response;
  }
  return callAdmin('POST', '/admin/restore/finish', { backup, ...sumUp(parts) });
}

/** Users that a test file has made: what is lost is lost with all of them. */
export const made = new Set<string>();

export async function makeUser(fields: Record<string, unknown> = {}): Promise<string> {
  const { id } = await createUser(fields);
  made.add(id);
  return id;
}

/** What the admin API answers, which must not be a refusal. */
export async function act(path: string, body?: unknown): Promise<unknown> {
  const response = await callAdmin('POST', path, body);
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return response.json();
}

export async function problemsOf(chain: string): Promise<unknown> {
  const response = await callAdmin('GET', `/admin/audit/verify?chain=${chain}`);
  return auditVerificationSchema.parse(await response.json()).problems;
}

/** The objects of a machine that was lost. */
export async function loseEverything(): Promise<void> {
  for (const object of [registry(), ...[...made].map(accountOf)] as DurableObjectStub[]) {
    await runInDurableObject(object, async (_object, { storage }) => {
      await storage.deleteAlarm();
      await storage.deleteAll();
    });
    await evictDurableObject(object);
  }
  for (const { name } of (await env.KEYS.list()).keys) await env.KEYS.delete(name);
}
