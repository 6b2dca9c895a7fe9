import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { NewKey } from '../../../protocol/objects/key-record.ts';
import { KeyDirectory } from '../../../worker/src/registry/key-directory.ts';
import type { Registry } from '../../../worker/src/registry/registry.ts';
import { UserDirectory } from '../../../worker/src/registry/user-directory.ts';
import { ACTOR, mintKey } from '../accounts/open-account.ts';
import { createUser } from '../admin-api.ts';
import { copiesOf, keysOf } from './registry-requests.ts';
import { presentKey } from '../present-key.ts';

const CREATED_AT = 1_700_000_000;
const LONG_DUE_MS = 0;

function registry() {
  return env.REGISTRY.getByName('registry');
}

function newKey(accountId: string): Promise<{ key: NewKey; text: string }> {
  return mintKey(accountId + randomId(8));
}

/** What the Registry has committed before it asks the account, and no more: as a crash at that point leaves it. */
async function crashAfterPending(key: NewKey): Promise<void> {
  await runInDurableObject(registry(), (_object, state) => {
    new KeyDirectory(state.storage.sql).insertPending(key, CREATED_AT, LONG_DUE_MS);
  });
}

async function runAlarm(): Promise<void> {
  await runInDurableObject(registry(), (object: Registry) => object.alarm());
}

async function listedKeys(userId: string): Promise<string[]> {
  const listed = await registry().listKeys({ limit: 100, after: null }, keysOf(userId));
  return listed.ok ? listed.value.items.map((key) => key.keyId) : [];
}

describe('a key whose creation broke off was never acknowledged, and the alarm undoes it', () => {
  it('before the account heard of it', async ({ expect }) => {
    const user = await createUser();
    const { key, text } = await newKey(user.id);
    await crashAfterPending(key);
    await abortAllDurableObjects();
    await runAlarm();
    expect(await listedKeys(user.id)).toEqual([]);
    // The request that was under way arrives after all.
    expect(await env.ACCOUNT.getByName(user.id).createKey(key, ACTOR)).toEqual({ ok: false, reason: 'key_cancelled' });
    expect(await presentKey(text)).toEqual({ admitted: false, reason: 'unknown_key' });
  });

  it('after the account had made it', async ({ expect }) => {
    const user = await createUser();
    const { key, text } = await newKey(user.id);
    await crashAfterPending(key);
    await env.ACCOUNT.getByName(user.id).createKey(key, ACTOR);
    await abortAllDurableObjects();
    await runAlarm();
    expect(await presentKey(text)).toEqual({ admitted: false, reason: 'unknown_key' });
    expect(await listedKeys(user.id)).toEqual([]);
    expect(await registry().showKey(key.keyId)).toEqual({ ok: false, reason: 'key_not_found' });
  });

  it('and is in no list meanwhile, even when the account has sent its copy', async ({ expect }) => {
    const user = await createUser();
    const { key } = await newKey(user.id);
    await runInDurableObject(registry(), (_object, state) => {
      new KeyDirectory(state.storage.sql).insertPending(key, CREATED_AT, Number.MAX_SAFE_INTEGER);
    });
    const created = await env.ACCOUNT.getByName(user.id).createKey(key, ACTOR);
    if (created.ok) await registry().applyProjections(user.id, copiesOf([created.value]));
    expect(await listedKeys(user.id)).toEqual([]);
  });

  it('and cannot be acknowledged any more once the undoing has begun', async ({ expect }) => {
    const { key } = await newKey((await createUser()).id);
    const acknowledged = await runInDurableObject(registry(), (_object, state) => {
      const keys = new KeyDirectory(state.storage.sql);
      keys.insertPending(key, CREATED_AT, Number.MAX_SAFE_INTEGER);
      keys.markCancelling(key.keyId);
      return keys.activate(key.keyId);
    });
    expect(acknowledged).toBe(false);
  });
});

it('a user whose creation broke off is completed by the alarm', async ({ expect }) => {
  const id = randomId(8);
  const user = { id, name: `name of ${id}`, externalId: null, limits: null, disabled: false, metadata: {} };
  await runInDurableObject(registry(), (_object, state) => {
    new UserDirectory(state.storage.sql).insertPending(user, CREATED_AT, LONG_DUE_MS);
  });
  expect(await registry().showUser(id)).toEqual({ ok: false, reason: 'user_not_found' });
  await abortAllDurableObjects();
  await runAlarm();
  expect(await registry().showUser(id)).toEqual({
    ok: true,
    value: { ...user, createdAt: CREATED_AT },
  });
  const { key, text } = await newKey(id);
  expect(await registry().createKey(key, ACTOR)).toMatchObject({ ok: true });
  expect(await presentKey(text)).toMatchObject({ admitted: true });
});

it('a creation that cannot be settled yet is tried again later, and holds nobody else up', async ({ expect }) => {
  const stuck = (await newKey(randomId(8))).key;
  const user = await createUser();
  const { key } = await newKey(user.id);
  await env.ACCOUNT.getByName(stuck.keyId.slice(0, 8)).openAccount(stuck.keyId.slice(0, 8), CREATED_AT, null);
  await runInDurableObject(env.ACCOUNT.getByName(stuck.keyId.slice(0, 8)), (_object, state) => {
    state.storage.sql.exec('DROP TABLE cancelled_keys');
  });
  await crashAfterPending(stuck);
  await crashAfterPending(key);
  await runAlarm();
  const left = await runInDurableObject(registry(), async (_object, state) => ({
    rows: state.storage.sql
      .exec<{ id: string; due: number }>('SELECT id, settle_due_ms AS due FROM keys WHERE settle_due_ms < 9e15')
      .toArray(),
    alarm: await state.storage.getAlarm(),
  }));
  expect(left.rows.map((row) => row.id)).toEqual([stuck.keyId]);
  expect(left.rows[0]?.due).toBeGreaterThan(Date.now());
  // At the latest: the head of the audit chain may be due before.
  expect(left.alarm).not.toBeNull();
  expect(left.alarm).toBeLessThanOrEqual(left.rows[0]!.due);
});
