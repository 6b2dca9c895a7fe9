// Guarantee: what a backup took out of a gateway comes back in an empty one as it was: every key works or is refused as before,
// limits, usage, audit and admin tokens go on. A restore that broke off is found, and goes on.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, it, vi } from 'vitest';
import { auditPageSchema } from '../../../protocol/admin/audit.ts';
import { backupPartSchema, type BackupPart } from '../../../protocol/admin/backup.ts';
import { newAdminTokenSchema } from '../../../protocol/admin/admin-token.ts';
import { apiKeyPageSchema, createdApiKeySchema, type ApiKey } from '../../../protocol/admin/admin-key.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { Account } from '../../../worker/src/accounts/account.ts';
import { accountOf, callWith } from '../accounts/open-account.ts';
import { callAdmin, createKey, createUser, readKey } from '../admin-api.ts';
import { TEST_ADMIN_TOKEN } from '../test-bindings.ts';
import {
  act,
  loseEverything,
  made,
  makeUser,
  problemsOf,
  readParts,
  registry,
  restore,
  sendPart,
  sumUp,
} from './state.ts';

const MODEL = 'a-model';

beforeEach(async () => {
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  // What the test before has left half-way.
  await loseEverything();
});

async function listKeys(userId: string): Promise<ApiKey[]> {
  return apiKeyPageSchema.parse(await (await callAdmin('GET', `/admin/keys?user_id=${userId}`)).json()).data;
}

/** All that the account owes is sent, whenever it is due. */
async function sendAllOwed(accountId: string): Promise<void> {
  await runInDurableObject(accountOf(accountId), async (object: Account, { storage }) => {
    for (let rings = 0; rings < 3; rings++) {
      storage.sql.exec('UPDATE outbox SET due_ms = 0');
      await object.alarm();
    }
  });
}

describe('happy', () => {
  it('every key works, or is refused, as before; secrets in grace, limits and disabled users too', async ({
    expect,
  }) => {
    const [user, disabled] = [await makeUser({ limits: { requests_per_day: 3 } }), await makeUser()];
    const [plain, revoked, stopped] = [await createKey(user), await createKey(user), await createKey(user)];
    const rotated = await createKey(user, { models: [MODEL] });
    const next = createdApiKeySchema.parse(await act(`/admin/keys/${rotated.id}/rotate`, { grace_seconds: 3_600 }));
    const ofDisabled = await createKey(disabled);
    await act(`/admin/keys/${revoked.id}/revoke`);
    await act(`/admin/keys/${stopped.id}/disable`);
    await callAdmin('PATCH', `/admin/users/${disabled}`, { disabled: true });
    const call = { ...(await callWith(plain.key, MODEL)) };
    expect(call).toMatchObject({ admitted: true });
    await runInDurableObject(accountOf(user), (object: Account) => object.alarm());
    const before = await Promise.all([plain, revoked, stopped, rotated].map(({ id }) => readKey(id)));

    const parts = await readParts();
    await loseEverything();
    expect((await restore(parts)).status).toBe(200);

    expect(await Promise.all(before.map(({ id }) => readKey(id)))).toEqual(before);
    expect(await callWith(next.key, MODEL)).toMatchObject({ admitted: true, rotateBy: null });
    expect(await callWith(rotated.key, MODEL)).toMatchObject({
      admitted: true,
      rotateBy: expect.any(Number) as number,
    });
    expect(await callWith(rotated.key, 'another')).toMatchObject({ reason: 'model_not_allowed' });
    expect(await callWith(revoked.key, MODEL)).toMatchObject({ reason: 'key_revoked' });
    expect(await callWith(stopped.key, MODEL)).toMatchObject({ reason: 'key_disabled' });
    expect(await callWith(ofDisabled.key, MODEL)).toMatchObject({ reason: 'user_disabled' });
    const list = await listKeys(user);
    expect(list.map(({ id }) => id)).toEqual([rotated, stopped, revoked, plain].map(({ id }) => id));
  });

  it('audit goes on where it was, and is whole on both sides; who restored what is in it', async ({ expect }) => {
    const user = await makeUser();
    await createKey(user);
    const parts = await readParts();
    await loseEverything();
    const backup = randomId();
    await restore(parts, backup);
    const { data } = auditPageSchema.parse(await (await callAdmin('GET', '/admin/audit')).json());
    expect(data.slice(0, 2)).toMatchObject([
      { action: 'state.restore', actor: { token_id: 'root' }, after: { backup, users: expect.any(Number) as number } },
      { action: 'state.backup', actor: { token_id: 'root' } },
    ]);
    await createKey(user);
    await sendAllOwed(user);
    for (const chain of ['registry', user]) expect(await problemsOf(chain), chain).toEqual([]);
    await evictDurableObject(registry());
    await createUser();
    expect(await problemsOf('registry')).toEqual([]);
  });

  it('usage is there at once, its totals with it, and later hours are told as before', async ({ expect }) => {
    const user = await makeUser();
    const key = await createKey(user);
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600;
    const use = async (calls: number): Promise<void> => {
      await runInDurableObject(accountOf(user), (_object, { storage }) => {
        storage.sql.exec(
          `INSERT OR REPLACE INTO usage (hour, key_id, model, calls, prompt_tokens) VALUES (?, ?, 'usage-model', ?, 10)`,
          hour,
          key.id,
          calls,
        );
        storage.sql.exec(
          `INSERT OR REPLACE INTO outbox (target, subject, due_ms) VALUES ('usage', ?, 0)`,
          String(hour),
        );
      });
      await sendAllOwed(user);
    };
    const told = async (): Promise<unknown> =>
      runInDurableObject(registry(), (_object, { storage }) => {
        const query = `SELECT total FROM usage_totals WHERE model = 'usage-model'`;
        return (JSON.parse(storage.sql.exec<{ total: string }>(query).one().total) as { calls: number }).calls;
      });
    await use(3);
    const parts = await readParts();
    await loseEverything();
    await restore(parts);
    expect(await told()).toBe(3);
    await use(5);
    expect(await told()).toBe(5);
  });

  it('the copies are told what they lack: a key that was made after the Registry was read is in the list', async ({
    expect,
  }) => {
    const user = await makeUser();
    const early = await createKey(user);
    let late = '';
    const parts = await readParts(async (part) => {
      // The Registry is one part here, and comes first.
      if (part > 1) return;
      late = (await createKey(user)).id;
      await act(`/admin/keys/${early.id}/revoke`);
    });
    await loseEverything();
    await restore(parts);
    await sendAllOwed(user);
    expect(await listKeys(user)).toMatchObject([
      { id: late, status: 'active', name: 'a key' },
      { id: early.id, status: 'revoked' },
    ]);
  });

  it('the index is empty until it is reconciled, and an account that did not change meanwhile owes nothing', async ({
    expect,
  }) => {
    const user = await makeUser();
    const key = await createKey(user);
    await sendAllOwed(user);
    const parts = await readParts();
    await loseEverything();
    await restore(parts);
    const owed = await runInDurableObject(accountOf(user), (_object, { storage }) => [
      ...storage.sql.exec('SELECT target FROM outbox').raw(),
    ]);
    expect(owed).toEqual([]);
    const names = async (): Promise<number> => (await env.KEYS.list({ prefix: 'key:' })).keys.length;
    expect(await names()).toBe(0);
    expect(await callWith(key.key, MODEL)).toMatchObject({ admitted: true });
    expect(await act('/admin/reconcile')).toMatchObject({ missing: 1 });
    await sendAllOwed(user);
    expect(await names()).toBe(1);
  });

  it('what was undone or deleted stays so, and an account that was never opened is opened', async ({ expect }) => {
    const gone = await makeUser();
    await callAdmin('DELETE', `/admin/users/${gone}`);
    const pending = randomId(8);
    made.add(pending);
    await runInDurableObject(registry(), (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO users (id, name, metadata, created_at, state, settle_due_ms) VALUES (?, 'pending', '{}', 1, 'pending', 1)`,
        pending,
      );
    });
    const parts = await readParts();
    await loseEverything();
    expect((await restore(parts)).status).toBe(200);
    expect((await callAdmin('GET', `/admin/users/${gone}`)).status).toBe(404);
    await vi.waitFor(async () => {
      expect((await callAdmin('GET', `/admin/users/${pending}`)).status).toBe(200);
    });
    await createKey(pending);
  });

  it("other admin tokens work on; the deployment's root token is taken over, once", async ({ expect }) => {
    const token = newAdminTokenSchema.parse(await act('/admin/tokens', { name: `ops ${randomId()}`, role: 'viewer' }));
    const { token: root } = newAdminTokenSchema.parse(await act('/admin/token/reset'));
    const status = async (text: string): Promise<number> =>
      (await callAdmin('GET', '/admin/users', undefined, text)).status;
    const parts: BackupPart[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const response = await callAdmin('POST', '/admin/backup', cursor === '' ? {} : { cursor }, root);
      const part = backupPartSchema.parse(await response.json());
      parts.push(part);
      cursor = part.cursor;
    }
    await loseEverything();
    // The deployment still names the first root token, which the one in the backup had replaced.
    expect((await restore(parts)).status).toBe(200);
    expect(await Promise.all([status(token.token), status(root), status(TEST_ADMIN_TOKEN)])).toEqual([200, 200, 401]);
    await loseEverything();
    expect(await status(TEST_ADMIN_TOKEN)).toBe(200);
  });
});

describe('a restore that is under way', () => {
  it('answers nothing else, is found after a restart, and goes on with the same backup', async ({ expect }) => {
    const user = await makeUser();
    const key = await createKey(user);
    const parts = await readParts();
    const backup = randomId();
    await loseEverything();
    for (const part of parts.slice(0, 1)) expect((await sendPart(backup, part)).status).toBe(200);
    await evictDurableObject(registry());
    for (const path of ['/admin/users', '/admin/keys', '/admin/tokens', '/admin/audit', '/admin/metrics']) {
      expect((await callAdmin('GET', path)).status, path).toBe(503);
    }
    expect((await callAdmin('POST', '/admin/users', { name: 'meanwhile' })).status).toBe(503);
    expect((await callAdmin('GET', '/admin/users', undefined, `${TEST_ADMIN_TOKEN.slice(0, -1)}x`)).status).toBe(401);
    const early = await callAdmin('POST', '/admin/restore/finish', { backup, ...sumUp(parts) });
    expect([early.status, (await early.text()).includes('missing')]).toEqual([409, true]);
    const other = await restore(parts);
    expect([other.status, (await other.text()).includes('another backup')]).toEqual([409, true]);

    expect((await restore(parts, backup)).status).toBe(200);
    expect(await callWith(key.key, MODEL)).toMatchObject({ admitted: true });
    expect((await restore(parts, backup)).status).toBe(409);
  });

  it('takes each page once, however often it is sent', async ({ expect }) => {
    const user = await makeUser();
    await createKey(user);
    const parts = await readParts();
    await loseEverything();
    const twice = parts.flatMap((part) => [part, part]);
    const backup = randomId();
    for (const part of [...twice, ...twice]) expect((await sendPart(backup, part)).status).toBe(200);
    expect((await callAdmin('POST', '/admin/restore/finish', { backup, ...sumUp(parts) })).status).toBe(200);
    expect(await problemsOf(user)).toEqual([]);
  });
});
