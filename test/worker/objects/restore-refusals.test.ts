// Guarantee: what does not fit into a gateway, or is no backup, is refused and changes nothing; nobody but an administrator takes a backup
// or puts one in; and a restore covers up nothing.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, it, vi } from 'vitest';
import type { BackupPart, StoragePage } from '../../../protocol/admin/backup.ts';
import { newAdminTokenSchema } from '../../../protocol/admin/admin-token.ts';
import { errorBodySchema } from '../../../protocol/errors/error-body.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { accountOf } from '../accounts/open-account.ts';
import { callAdmin, createKey } from '../admin-api.ts';
import { act, loseEverything, makeUser, problemsOf, readParts, registry, restore, sendPart, sumUp } from './state.ts';

beforeEach(async () => {
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  // What the test before has left half-way.
  await loseEverything();
});

describe('error', () => {
  async function lost(): Promise<BackupPart[]> {
    await createKey(await makeUser());
    const parts = await readParts();
    await loseEverything();
    return parts;
  }

  async function refusal(parts: readonly BackupPart[]): Promise<[number, string]> {
    const response = await restore(parts);
    return [response.status, errorBodySchema.parse(await response.json()).error.message];
  }

  function changed(
    parts: readonly BackupPart[],
    object: 'registry' | 'account',
    change: (page: StoragePage) => object,
  ): BackupPart[] {
    return parts.map((part) => ({
      ...part,
      pages: part.pages.map((page) =>
        (page.object === 'registry') === (object === 'registry') ? { ...page, ...change(page) } : page,
      ),
    }));
  }

  it('a gateway that has users or keys is left as it is', async ({ expect }) => {
    const parts = await lost();
    const user = await makeUser();
    expect(await refusal(parts)).toEqual([409, expect.stringContaining('already') as string]);
    expect((await callAdmin('GET', `/admin/users/${user}`)).status).toBe(200);
    await loseEverything();
    await act('/admin/tokens', { name: 'another', role: 'admin' });
    expect(await refusal(parts)).toEqual([409, expect.stringContaining('already') as string]);
  });

  it('an account that was opened by somebody else is left as it is', async ({ expect }) => {
    const parts = await lost();
    const id = parts[1]?.pages.at(-1)?.object ?? '';
    await accountOf(id).openAccount(id, 1, { requests_per_day: 1 });
    expect(await refusal(parts)).toEqual([409, expect.stringContaining('already') as string]);
    expect(await accountOf(id).updateAccount({})).toMatchObject({ value: { limits: { requests_per_day: 1 } } });
  });

  it('a backup of a newer release changes nothing', async ({ expect }) => {
    const parts = await lost();
    const newer = changed(parts, 'registry', ({ version }) => ({ version: version + 1 }));
    expect(await refusal(newer)).toEqual([409, expect.stringContaining('newer release') as string]);
    expect((await callAdmin('GET', '/admin/users')).status).toBe(200);
  });

  it('another key-check secret changes nothing', async ({ expect }) => {
    const parts = await lost();
    const foreign = parts.map((part) => ({ ...part, key_check: 'A'.repeat(22) }));
    expect(await refusal(foreign)).toEqual([409, expect.stringContaining('key-check secret') as string]);
    expect((await callAdmin('GET', '/admin/users')).status).toBe(200);
  });

  it.for<[string, object]>([
    ['an unknown table', { name: 'sqlite_master' }],
    ['a table of the object that no backup has', { name: 'schema_version', columns: ['version'], rows: [[9]] }],
    ['a missing column', { name: 'meta', columns: ['name'], rows: [['x']] }],
    ['an unknown column', { name: 'meta', columns: ['name', 'value); DROP TABLE users; --'], rows: [['x', 'y']] }],
    ['a row that is too short', { name: 'meta', columns: ['name', 'value'], rows: [['x']] }],
    [
      'a row that is there twice',
      {
        name: 'meta',
        columns: ['name', 'value'],
        rows: [
          ['x', 'y'],
          ['x', 'y'],
        ],
      },
    ],
    ['nothing where something must be', { name: 'meta', columns: ['name', 'value'], rows: [['x', null]] }],
    ['a row of objects', { name: 'meta', columns: ['name', 'value'], rows: [['x', {}]] }],
  ])('%s in a page changes nothing', async ([, table], { expect }) => {
    const parts = await lost();
    const wrong = changed(parts, 'registry', () => ({ tables: [{ columns: [], rows: [], ...table }] as never }));
    expect((await refusal(wrong))[0]).toBe(400);
    expect((await callAdmin('GET', '/admin/users')).status).toBe(200);
  });

  it('pages of an account that the Registry does not have are refused', async ({ expect }) => {
    const parts = await lost();
    const stranger = changed(parts, 'account', () => ({ object: 'Stranger' }));
    expect((await refusal(stranger))[0]).toBe(400);
    await loseEverything();
  });

  it('a page too many or too few is found at the end', async ({ expect }) => {
    const parts = await lost();
    const backup = randomId();
    for (const part of parts) await sendPart(backup, part);
    const { accounts, rows } = sumUp(parts);
    for (const whole of [
      { accounts: accounts + 1, rows },
      { accounts, rows: rows + 1 },
    ]) {
      expect((await callAdmin('POST', '/admin/restore/finish', { backup, ...whole })).status).toBe(409);
    }
    expect((await callAdmin('POST', '/admin/restore/finish', { backup, accounts, rows })).status).toBe(200);
    expect((await callAdmin('POST', '/admin/restore/finish', { backup, accounts, rows })).status).toBe(409);
  });
});

describe('security', () => {
  it('neither a viewer nor anybody without a token takes a backup or puts one in', async ({ expect }) => {
    const viewer = newAdminTokenSchema.parse(
      await act('/admin/tokens', { name: `viewer ${randomId()}`, role: 'viewer' }),
    );
    for (const path of ['/admin/backup', '/admin/restore', '/admin/restore/finish']) {
      expect((await callAdmin('POST', path, {}, viewer.token)).status, path).toBe(403);
      expect((await callAdmin('POST', path, {}, 'none')).status, path).toBe(401);
      expect((await callAdmin('GET', path, undefined, viewer.token)).status, path).toBe(405);
    }
  });

  it('a cursor that was made up is refused', async ({ expect }) => {
    for (const cursor of [
      '',
      'x',
      '{}',
      '{"begun":0,"users":1,"open":[],"more":1}',
      '{"begun":"0","users":1,"open":[]}',
    ]) {
      expect((await callAdmin('POST', '/admin/backup', { cursor })).status, cursor).toBe(400);
    }
  });

  it('an audit chain that was cut off before the backup is still found out after the restore', async ({ expect }) => {
    await makeUser();
    await vi.waitFor(async () => {
      const head = JSON.parse((await env.KEYS.get('audit:registry')) ?? '{}') as { sequence?: number };
      expect(head.sequence).toBe(2);
    });
    await runInDurableObject(registry(), (_object, { storage }) => {
      storage.sql.exec('DELETE FROM audit WHERE sequence > 1');
    });
    const parts = await readParts();
    await loseEverything();
    expect((await restore(parts)).status).toBe(200);
    expect(await problemsOf('registry')).toMatchObject([
      { problem: expect.stringMatching(/cut_off|head_differs/) as string },
    ]);
  });
});
