import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import { KeyDirectory } from '../../../worker/src/registry/key-directory.ts';
import { callAdmin, createKey, createUser } from '../admin-api.ts';
import { ALL_KEYS, copiesOf, keysOf, NOTHING_TOLD } from './registry-requests.ts';

type KeyPage = { data: { id: string; status: string; rotation_due: boolean }[] };

const MANY_KEYS = 5_000;
const PAGE = 20;
const NOW = Math.floor(Date.now() / 1000);

function registry() {
  return env.REGISTRY.getByName('registry');
}

/** Every id of a list, page by page; `between` runs after each page. */
async function readAll(path: string, between: () => Promise<unknown> = () => Promise.resolve()): Promise<string[]> {
  const ids: string[] = [];
  let after = '';
  for (;;) {
    const response = await callAdmin('GET', path + after);
    const page: { data: { id: string }[]; last_id: string; has_more: boolean } = await response.json();
    ids.push(...page.data.map(({ id }) => id));
    if (!page.has_more) return ids;
    after = `&after=${page.last_id}`;
    await between();
  }
}

describe('paging', () => {
  it('shows each key once, newest first, while others are made', async ({ expect }) => {
    const user = await createUser();
    const made: string[] = [];
    for (let count = 0; count < 7; count++) made.push((await createKey(user.id)).id);
    const seen = await readAll(`/admin/keys?user_id=${user.id}&limit=2`, () => createKey(user.id));
    expect(seen).toEqual(made.toReversed());
  });

  it('shows of all users, and of one user only its own', async ({ expect }) => {
    const [first, second] = [await createUser(), await createUser()];
    const keys = [await createKey(first.id), await createKey(second.id), await createKey(first.id)].map(({ id }) => id);
    expect(await readAll(`/admin/keys?user_id=${second.id}&limit=1`)).toEqual([keys[1]]);
    expect((await readAll('/admin/keys?limit=2')).filter((id) => keys.includes(id))).toEqual(keys.toReversed());
  });

  it('shows users newest first', async ({ expect }) => {
    const made = [(await createUser()).id, (await createUser()).id, (await createUser()).id];
    expect((await readAll('/admin/users?limit=1')).slice(0, 3)).toEqual(made.toReversed());
  });

  it('says so when `after` names nothing, and what the bounds of `limit` are', async ({ expect }) => {
    for (const [query, param] of [
      ['after=nobody', 'after'],
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=many', 'limit'],
      ['unknown=1', 'unknown'],
    ] as const) {
      const response = await callAdmin('GET', `/admin/keys?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param } });
    }
  });

  it('reads no more rows than the page has, wherever it lies and whoever else has keys', async ({ expect }) => {
    const rowsRead = await runInDurableObject(registry(), (_object, state) => {
      const { sql } = state.storage;
      const ids = state.storage.transactionSync(() => insertKeys(sql));
      const after = ids[MANY_KEYS / 2] ?? null;
      return [
        readRows(sql, (keys) => keys.list({ limit: PAGE, after }, ALL_KEYS, NOW)),
        readRows(sql, (keys) => keys.list({ limit: PAGE, after }, keysOf('RareUser'), NOW)),
        readRows(sql, (keys) => keys.list({ limit: PAGE, after: null }, keysOf('RareUser'), NOW)),
      ];
    });
    // The page, the row that tells whether more follow, the row of `after`, and an index entry beside each.
    for (const rows of rowsRead) expect(rows).toBeLessThanOrEqual(2 * (PAGE + 2));
  });

  /** One in fifty is RareUser's. */
  function insertKeys(sql: SqlStorage): string[] {
    const ids = Array.from({ length: MANY_KEYS }, (_, place) => (place % 50 ? 'LotsUser' : 'RareUser') + randomId(8));
    for (const id of ids) {
      sql.exec(
        `INSERT INTO keys (id, user_id, name, metadata, created_at, state) VALUES (?, ?, 'k', '{}', 0, 'active')`,
        id,
        id.slice(0, 8),
      );
    }
    return ids;
  }

  function readRows(sql: SqlStorage, list: (keys: KeyDirectory) => unknown): number {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const counting = {
      exec: (query: string, ...values: unknown[]) => {
        const cursor = sql.exec(query, ...values);
        cursors.push(cursor);
        return cursor;
      },
    } as SqlStorage;
    list(new KeyDirectory(counting));
    return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
  }
});

describe('keys are found', () => {
  async function found(query: string): Promise<string[]> {
    return readAll(`/admin/keys?${query}`);
  }

  it('by a part of the name or of the id, whatever the case', async ({ expect }) => {
    const user = await createUser();
    const { id } = await createKey(user.id, { name: 'Größe 100% _x' });
    await createKey(user.id, { name: 'another' });
    for (const search of ['größe', 'GRÖSSE', '100%', '% _', id.slice(3, 14).toLowerCase()]) {
      const matches = search !== 'GRÖSSE';
      expect(await found(`q=${encodeURIComponent(search)}`), search).toEqual(matches ? [id] : []);
    }
    expect(await found(`user_id=${user.id}&q=%25`)).toEqual([id]);
    await callAdmin('PATCH', `/admin/keys/${id}`, { name: 'renamed' });
    expect(await found(`user_id=${user.id}&q=gr%C3%B6%C3%9Fe`)).toEqual([]);
    expect(await found(`user_id=${user.id}&q=RENAMED`)).toEqual([id]);
  });

  it('by a status that is the one they show, and page by page', async ({ expect }) => {
    const user = await createUser();
    const keys: string[] = [];
    for (let count = 0; count < 8; count++) keys.push((await createKey(user.id, { expires_at: NOW + 3_600 })).id);
    const [active, expired, disabled, revoked] = [0, 2, 4, 6].map((from) => keys.slice(from, from + 2).toReversed());
    for (const id of disabled ?? []) await callAdmin('POST', `/admin/keys/${id}/disable`);
    for (const id of revoked ?? []) await callAdmin('POST', `/admin/keys/${id}/revoke`);
    await runInDurableObject(registry(), (_object, { storage }) => {
      for (const id of expired ?? []) storage.sql.exec('UPDATE keys SET expires_at = 1 WHERE id = ?', id);
    });
    for (const [status, ids] of Object.entries({ active, expired, disabled, revoked })) {
      expect(await found(`user_id=${user.id}&status=${status}&limit=1`), status).toEqual(ids);
      const page = await (await callAdmin('GET', `/admin/keys?user_id=${user.id}&status=${status}`)).json<KeyPage>();
      expect(page.data.map((key) => key.status)).toEqual([status, status]);
    }
  });

  it('by being due for rotation, which no revoked or expired key is', async ({ expect }) => {
    const user = await createUser();
    const [due, later, never, revoked] = [
      await createKey(user.id, { rotate_after: 86_400 }),
      await createKey(user.id, { rotate_after: 86_400 }),
      await createKey(user.id),
      await createKey(user.id, { rotate_after: 86_400 }),
    ].map(({ id }) => id);
    await callAdmin('POST', `/admin/keys/${revoked}/revoke`);
    await runInDurableObject(registry(), (_object, { storage }) => {
      const update = 'UPDATE keys SET rotated_at = 1, rotation_due_at = 86401 WHERE id IN (?, ?)';
      storage.sql.exec(update, due, revoked);
    });
    expect(await found(`user_id=${user.id}&rotation_due=true`)).toEqual([due]);
    expect(await found(`user_id=${user.id}&rotation_due=false`)).toEqual([revoked, never, later]);
    const page = await (await callAdmin('GET', `/admin/keys?user_id=${user.id}`)).json<KeyPage>();
    expect(page.data.filter((key) => key.rotation_due).map((key) => key.id)).toEqual([due]);
  });
});

describe('copies of keys', () => {
  async function listed(id: string): Promise<KeyRecord | undefined> {
    const page = await registry().listKeys({ limit: 100, after: null }, keysOf(id.slice(0, 8)));
    return page.ok ? page.value.items.find((key) => key.keyId === id) : undefined;
  }

  it('are never overwritten by an older one', async ({ expect }) => {
    const { id } = await createKey((await createUser()).id);
    const old = await listed(id);
    await callAdmin('POST', `/admin/keys/${id}/revoke`);
    const revoked = await listed(id);
    expect(revoked?.revokedAt).toEqual(expect.any(Number));
    if (old !== undefined) await registry().applyProjections(id.slice(0, 8), copiesOf([old]));
    expect(await listed(id)).toEqual(revoked);
  });

  it('of keys that the Registry never made are passed over', async ({ expect }) => {
    const key = await createKey((await createUser()).id);
    const record = await listed(key.id);
    const unknown = key.user_id + randomId(8);
    if (record !== undefined) await registry().applyProjections(key.user_id, copiesOf([{ ...record, keyId: unknown }]));
    expect(await listed(unknown)).toBeUndefined();
  });

  it('of a disabled account are never overwritten by an older one', async ({ expect }) => {
    const user = await createUser();
    await callAdmin('PATCH', `/admin/users/${user.id}`, { disabled: true });
    await registry().applyProjections(user.id, {
      ...NOTHING_TOLD,
      account: { disabled: false, limits: null, version: 1 },
    });
    expect(await registry().showUser(user.id)).toMatchObject({ value: { disabled: true } });
  });
});
