// Guarantee: pages make the storage that they were read from, page by page and in their order only, whatever is sent again; and storage of
// an older release goes on in this one.
import { runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, it, vi } from 'vitest';
import type { StoragePage } from '../../../protocol/admin/backup.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { fingerprintCheckSecret } from '../../../protocol/credentials/fingerprint-check-secret.ts';
import { StorageLoad, type LoadedPage } from '../../../worker/src/objects/storage-load.ts';
import type { StoragePlan } from '../../../worker/src/objects/storage-plan.ts';
import { callWith, mintKey } from '../accounts/open-account.ts';
import { callAdmin, readKey } from '../admin-api.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';
import { emptyObject, loseEverything, made, restore } from './state.ts';

const PLAN: StoragePlan = {
  owner: 'test',
  migrations: ['CREATE TABLE things (id TEXT PRIMARY KEY)', `ALTER TABLE things ADD COLUMN size INTEGER DEFAULT 7`],
  together: [{ name: 'things' }],
  afterwards: [],
  leftOut: [],
  readMark: () => '',
};

type Loading = { load: StorageLoad; sql: SqlStorage; put: (page: Partial<StoragePage>, backup?: string) => LoadedPage };

/** Runs `work` with a load into a fresh object. */
async function loading<Value>(work: (loading: Loading) => Value): Promise<Value> {
  return runInDurableObject(emptyObject(), (_object, { storage }) => {
    const load = new StorageLoad({ storage, plan: PLAN });
    const page: StoragePage = { object: 'registry', version: 1, attempt: 0, number: 0, last: false, tables: [] };
    const put = (fields: Partial<StoragePage>, backup = 'a'): LoadedPage =>
      load.put(backup, { ...page, ...fields }, false, () => undefined);
    return work({ load, sql: storage.sql, put });
  });
}

function things(...ids: string[]): Pick<StoragePage, 'tables'> {
  return { tables: [{ name: 'things', columns: ['id'], rows: ids.map((id) => [id]) }] };
}

const idsIn = (sql: SqlStorage): unknown[] => [...sql.exec('SELECT id FROM things ORDER BY rowid').raw()].flat();

describe('pages', () => {
  it('go in in their order; what is in already is passed over, what leaves a gap is refused', async ({ expect }) => {
    await loading(({ put, sql, load }) => {
      expect(put({ number: 1 })).toEqual({ ok: false, reason: 'out_of_order' });
      expect(put(things('c', 'b'))).toEqual({ ok: true, isNews: true, rows: null });
      expect(put(things('c', 'b'))).toEqual({ ok: true, isNews: false, rows: null });
      expect(put({ number: 2, ...things('x') })).toEqual({ ok: false, reason: 'out_of_order' });
      expect(put({ number: 1, ...things('a') }, 'another')).toEqual({ ok: false, reason: 'other_backup' });
      expect(put({ number: 1, last: true, ...things('a') })).toEqual({ ok: true, isNews: true, rows: 3 });
      expect(put({ number: 1, last: true, ...things('a') })).toEqual({ ok: true, isNews: false, rows: 3 });
      expect(idsIn(sql)).toEqual(['c', 'b', 'a']);
      load.migrate();
      load.close();
      expect(put(things('c', 'b'))).toMatchObject({ isNews: false, rows: 3 });
      expect(put(things('c', 'b'), 'another')).toEqual({ ok: false, reason: 'not_empty' });
      expect([...sql.exec('SELECT size FROM things').raw()]).toEqual([[7], [7], [7]]);
    });
  });

  it('of an object that was begun again take the place of those before', async ({ expect }) => {
    await loading(({ put, sql }) => {
      put(things('old', 'a'));
      put({ number: 1, ...things('older') });
      expect(put({ attempt: 1, ...things('a', 'new') })).toMatchObject({ isNews: true });
      expect(put({ attempt: 0, number: 1, ...things('older') })).toMatchObject({ isNews: false });
      expect(put({ attempt: 1, number: 1, last: true, ...things('b') })).toMatchObject({ isNews: true, rows: 3 });
      expect(idsIn(sql)).toEqual(['a', 'new', 'b']);
    });
  });

  it('that are refused leave the object as it was', async ({ expect }) => {
    await loading(({ put, sql }) => {
      put(things('a'));
      expect(put({ number: 1, ...things('b', 'a') })).toEqual({ ok: false, reason: 'malformed' });
      expect(put({ number: 1, version: 2, ...things('b') })).toEqual({ ok: false, reason: 'malformed' });
      expect(idsIn(sql)).toEqual(['a']);
      expect(put({ number: 1, ...things('b') })).toMatchObject({ isNews: true });
      expect(put({ version: 3, attempt: 1 })).toEqual({ ok: false, reason: 'newer_version' });
    });
  });
});

describe('a backup of the first release', () => {
  const CREATED_AT = 1_700_000_000;

  beforeEach(async () => {
    vi.spyOn(console, 'log').mockReturnValue();
    await loseEverything();
  });

  function page(object: string, tables: Record<string, Record<string, string | number | null>>): StoragePage {
    return {
      object,
      version: 1,
      attempt: 0,
      number: 0,
      last: true,
      tables: Object.entries(tables).map(([name, row]) => ({
        name,
        columns: Object.keys(row),
        rows: [Object.values(row)],
      })),
    };
  }

  it('goes on: its keys work, and users and keys are found by their names', async ({ expect }) => {
    const userId = randomId(8);
    made.add(userId);
    const { text, key } = await mintKey(userId + randomId(8));
    const unsettled = { settle_due_ms: null, settle_failures: 0 };
    const record = {
      id: key.keyId,
      name: 'Old Key',
      models: null,
      metadata: '{}',
      created_at: CREATED_AT,
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
      version: 3,
    };
    const user = {
      id: userId,
      name: 'Old User',
      external_id: null,
      metadata: '{}',
      created_at: CREATED_AT,
      disabled: 0,
    };
    const pages = [
      page('registry', {
        users: { sequence: 1, ...user, account_version: 1, state: 'active', ...unsettled },
        keys: { sequence: 1, user_id: userId, ...record, state: 'active', ...unsettled },
      }),
      page(userId, {
        account: { id: userId, disabled: 0, created_at: CREATED_AT, version: 1 },
        keys: record,
        secrets: {
          digest: key.secretDigest,
          key_id: key.keyId,
          state: 'current',
          created_at: CREATED_AT,
          index_written_ms: null,
        },
      }),
    ];
    const keyCheck = await fingerprintCheckSecret(TEST_KEY_CHECK_SECRET);
    const response = await restore([{ object: 'backup_part', key_check: keyCheck, pages, cursor: null }]);
    expect(await response.json()).toMatchObject({ users: 1, keys: 1 });
    expect(await callWith(text, 'a-model')).toMatchObject({ admitted: true });
    expect(await readKey(key.keyId)).toMatchObject({ name: 'Old Key', rotated_at: CREATED_AT, limits: null });
    for (const path of ['/admin/users?q=old', '/admin/keys?q=old%20key']) {
      expect(await (await callAdmin('GET', path)).json(), path).toMatchObject({ data: [{}] });
    }
  });
});
