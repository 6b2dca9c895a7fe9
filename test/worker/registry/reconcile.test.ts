import { env } from 'cloudflare:workers';
import { describe, it, vi } from 'vitest';
import { reconciledKeysSchema, type ReconciledKeys } from '../../../protocol/admin/admin-key.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { ACTOR } from '../accounts/open-account.ts';
import { callAdmin, createKey, createUser } from '../admin-api.ts';
import { registry, whileAccountFails } from './registry-requests.ts';

/** More than are asked together. */
const MANY_USERS = 20;
/** KV takes one write a second for the same entry. */
const OUTBOX_PATIENCE = { timeout: 20_000 };

async function reconcile(body?: unknown): Promise<ReconciledKeys> {
  return reconciledKeysSchema.parse(await (await callAdmin('POST', '/admin/reconcile', body)).json());
}

async function reconcileAll(dryRun = false): Promise<ReconciledKeys[]> {
  const batches: ReconciledKeys[] = [];
  let after: string | undefined;
  do {
    batches.push(await reconcile({ dry_run: dryRun, ...(after === undefined ? {} : { after }) }));
    after = batches.at(-1)?.last_id ?? undefined;
  } while (batches.at(-1)?.has_more === true);
  return batches;
}

function total(batches: ReconciledKeys[], name: 'users' | 'secrets' | 'missing' | 'superfluous'): number {
  return batches.reduce((sum, batch) => sum + batch[name], 0);
}

async function entryName(key: string): Promise<string> {
  return `key:${await sha256(key)}`;
}

async function waitForEntry(key: string, there: boolean): Promise<void> {
  const name = await entryName(key);
  await vi.waitFor(async () => {
    if (((await env.KEYS.get(name)) !== null) !== there) throw new Error('the index is not there yet');
  }, OUTBOX_PATIENCE);
}

async function audited() {
  const page = await registry().listAudit('registry', 1, null);
  return page.ok ? page.value.data[0] : undefined;
}

describe('reconciling the index', () => {
  it('writes again what is missing, removes what is superfluous, and says so in the audit', async ({ expect }) => {
    const user = await createUser();
    const lost = await createKey(user.id);
    const kept = await createKey(user.id);
    const ended = await createKey(user.id);
    for (const { key } of [lost, kept, ended]) await waitForEntry(key, true);
    await callAdmin('POST', `/admin/keys/${ended.id}/revoke`);
    await waitForEntry(ended.key, false);
    const entry = JSON.stringify({ account: user.id, keyId: ended.id });
    await env.KEYS.delete(await entryName(lost.key));
    await env.KEYS.put(await entryName(ended.key), entry);

    const looked = await reconcileAll(true);
    expect([total(looked, 'missing'), total(looked, 'superfluous')]).toEqual([1, 1]);
    expect(await env.KEYS.get(await entryName(lost.key))).toBeNull();
    expect((await audited())?.action).not.toBe('index.reconcile');

    const mended = await reconcileAll();
    expect([total(mended, 'missing'), total(mended, 'superfluous'), total(mended, 'secrets')]).toEqual([1, 1, 3]);
    expect(await audited()).toMatchObject({
      action: 'index.reconcile',
      after: { missing: 1, superfluous: 1, users: [user.id] },
    });
    await waitForEntry(lost.key, true);
    await waitForEntry(ended.key, false);
  });

  it('goes through all users, some at a time', async ({ expect }) => {
    for (let count = 0; count < MANY_USERS; count++) await createUser();
    const batches = await reconcileAll(true);
    expect(batches.length).toBeGreaterThan(1);
    expect(Math.max(...batches.map(({ users }) => users))).toBe(16);
    const listed: { data: unknown[] } = await (await callAdmin('GET', '/admin/users?limit=100')).json();
    expect(total(batches, 'users')).toBe(listed.data.length);
  });

  it('without a body begins with the first user and mends', async ({ expect }) => {
    expect(await reconcile()).toMatchObject({ object: 'reconciliation' });
  });

  it('says so when `after` names nobody, and when an account cannot be reached', async ({ expect }) => {
    expect((await callAdmin('POST', '/admin/reconcile', { after: 'Nobody00' })).status).toBe(400);
    vi.spyOn(console, 'warn').mockReturnValue();
    const user = await createUser();
    const before = await registry().listUsers({ limit: 2, after: null }, { search: null, externalId: null });
    const after = before.ok ? (before.value.items[1]?.id ?? null) : null;
    const answer = await whileAccountFails(user.id, () => registry().reconcileKeys(after, true, ACTOR));
    expect(answer).toEqual({ ok: false, reason: 'account_unavailable' });
  });
});
