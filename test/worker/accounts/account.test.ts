import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import type { Account } from '../../../worker/src/accounts/account.ts';
import { createKeyIndex } from '../../../worker/src/keys/key-index.ts';
import { ACTOR, accountOf, addKey, callOf, callWith, mintKey, nowSeconds, openKey } from './open-account.ts';

const HOUR_SECONDS = 3_600;

describe('the Account judges every call anew', () => {
  it('revocation holds for the very next call, with KV still holding the entry', async ({ expect }) => {
    const { account, accountId, keyId, text, secretDigest } = await openKey();
    expect(await callWith(text)).toMatchObject({ admitted: true, rights: { models: null } });
    await account.revokeKey(keyId, ACTOR);
    await createKeyIndex(env.KEYS).write(secretDigest, { account: accountId, keyId });
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'key_revoked' });
    expect(await env.KEYS.get(`key:${secretDigest}`)).not.toBeNull();
  });

  it('a key works before KV has it', async ({ expect }) => {
    const { text } = await openKey();
    const namespace = { get: () => Promise.resolve(null) } as unknown as KVNamespace;
    expect(await callWith(text, null, { namespace })).toMatchObject({ admitted: true });
  });

  it('an expired key is refused from the second of its expiry', async ({ expect }) => {
    const expiresAt = nowSeconds() + HOUR_SECONDS;
    const { text } = await openKey({ expiresAt });
    vi.useFakeTimers({ toFake: ['Date'], now: expiresAt * 1000 - 1 });
    try {
      expect(await callWith(text)).toMatchObject({ admitted: true });
      vi.setSystemTime(expiresAt * 1000);
      expect(await callWith(text)).toEqual({ admitted: false, reason: 'key_expired' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('disabling the user stops all its keys, enabling brings them back', async ({ expect }) => {
    const { account, accountId, text } = await openKey();
    const { text: other } = await addKey(accountId);
    await account.updateAccount({ disabled: true });
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'user_disabled' });
    expect(await callWith(other)).toEqual({ admitted: false, reason: 'user_disabled' });
    expect((await addKey(accountId)).created).toEqual({ ok: false, reason: 'user_disabled' });
    await account.updateAccount({ disabled: false });
    expect(await callWith(other)).toMatchObject({ admitted: true });
  });

  it('a model outside of the list of the key is refused, also right after the list was changed', async ({ expect }) => {
    const { account, keyId, text } = await openKey({ models: ['tiny-llama', 'phi-2'] });
    expect(await callWith(text, 'phi-2')).toMatchObject({
      admitted: true,
      rights: { models: ['tiny-llama', 'phi-2'] },
    });
    expect(await callWith(text, 'other')).toEqual({ admitted: false, reason: 'model_not_allowed' });
    await account.updateKey(keyId, { models: ['other'] }, ACTOR);
    expect(await callWith(text, 'phi-2')).toEqual({ admitted: false, reason: 'model_not_allowed' });
    await account.updateKey(keyId, { models: null }, ACTOR);
    expect(await callWith(text, 'phi-2')).toMatchObject({ admitted: true, rights: { models: null } });
  });

  it('a well-made key with another secret than the one stored is refused', async ({ expect }) => {
    const { keyId } = await openKey();
    const { text } = await mintKey(keyId);
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'unknown_secret' });
  });

  it("one account's key id with another account's secret is refused", async ({ expect }) => {
    const mine = await openKey();
    const theirs = await openKey();
    const request = callOf(theirs.keyId, mine.secretDigest);
    expect(await theirs.account.admit(request)).toEqual({ admitted: false, reason: 'unknown_secret' });
    expect(await mine.account.admit(request)).toEqual({ admitted: false, reason: 'unknown_key' });
  });
});

describe('changes', () => {
  it('are there after the object was evicted', async ({ expect }) => {
    const { account, keyId, text } = await openKey({ metadata: { team: 'a' }, models: ['m'] });
    const { text: revoked, keyId: revokedId } = await addKey(keyId.slice(0, 8));
    await account.revokeKey(revokedId, ACTOR);
    const before = await account.showKey(keyId);
    await evictDurableObject(account);
    expect(await accountOf(keyId).showKey(keyId)).toEqual(before);
    expect(await callWith(text, 'm')).toMatchObject({ admitted: true });
    expect(await callWith(revoked)).toEqual({ admitted: false, reason: 'key_revoked' });
  });

  it('raise the version of the record, each by one', async ({ expect }) => {
    const { account, keyId } = await openKey();
    const updated = await account.updateKey(keyId, { name: 'renamed' }, ACTOR);
    const revoked = await account.revokeKey(keyId, ACTOR);
    expect([updated, revoked]).toMatchObject([{ value: { version: 2 } }, { value: { version: 3 } }]);
    expect(await account.revokeKey(keyId, ACTOR)).toEqual(revoked);
  });

  it('a revoked key is changed no more', async ({ expect }) => {
    const { account, keyId } = await openKey();
    await account.revokeKey(keyId, ACTOR);
    expect(await account.updateKey(keyId, { name: 'x' }, ACTOR)).toEqual({ ok: false, reason: 'key_revoked' });
  });

  it('an expiry in the past is refused, at creation and later', async ({ expect }) => {
    const { account, accountId, keyId } = await openKey();
    const refused = { ok: false, reason: 'expiry_in_past' };
    expect((await addKey(accountId, { expiresAt: nowSeconds() - 1 })).created).toEqual(refused);
    expect(await account.updateKey(keyId, { expiresAt: nowSeconds() - 1 }, ACTOR)).toEqual(refused);
  });

  it('the same creation again is answered with the same record, another one under that id refused', async ({
    expect,
  }) => {
    const { account, key, created } = await openKey();
    expect(await account.createKey(key, ACTOR)).toEqual(created);
    const other = { ...key, secretDigest: await sha256('other') };
    expect(await account.createKey(other, ACTOR)).toEqual({ ok: false, reason: 'key_exists' });
  });

  it('a creation that was cancelled leaves nothing, and is refused when it still comes', async ({ expect }) => {
    const { account, key, keyId, text } = await openKey();
    await account.cancelKey(keyId);
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'unknown_key' });
    expect(await account.createKey(key, ACTOR)).toEqual({ ok: false, reason: 'key_cancelled' });
    const late = { ...key, keyId: keyId.slice(0, 8) + randomId(8), secretDigest: await sha256(randomId()) };
    await account.cancelKey(late.keyId);
    expect(await account.createKey(late, ACTOR)).toEqual({ ok: false, reason: 'key_cancelled' });
  });
});

describe('an account that was never opened', () => {
  it('refuses everything and stores nothing', async ({ expect }) => {
    const accountId = randomId(8);
    const account = accountOf(accountId);
    const keyId = accountId + randomId(8);
    const { text } = await mintKey(keyId);
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'unknown_key' });
    expect(await account.revokeKey(keyId, ACTOR)).toEqual({ ok: false, reason: 'unknown_key' });
    expect((await addKey(accountId)).created).toEqual({ ok: false, reason: 'unknown_account' });
    await account.cancelKey(keyId);
    const tables = await runInDurableObject(account, (_object, state) =>
      state.storage.sql.exec('SELECT name FROM sqlite_master').toArray(),
    );
    expect(tables).toEqual([]);
  });
});

describe('last use', () => {
  /** Twenty seconds into a minute, far from its end. */
  const MINUTE_SECONDS = 1_800_000_000;
  const NOW_MS = (MINUTE_SECONDS + 20) * 1000;

  it('is noted without a durable write per call, and written by the alarm', async ({ expect }) => {
    const { account, keyId, secretDigest } = await openKey();
    await account.showKey(keyId);
    vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS });
    const [during, after] = await runInDurableObject(account, async (object: Account, state) => {
      // Nothing is due from before.
      state.storage.sql.exec('DELETE FROM outbox');
      await object.alarm();
      await state.storage.deleteAlarm();
      const before = totalChanges(state);
      for (let count = 0; count < 100; count++) await object.admit(callOf(keyId, secretDigest));
      const admitted = totalChanges(state);
      await object.alarm();
      return [admitted - before, totalChanges(state) - admitted];
    }).finally(() => vi.useRealTimers());
    // The one is the alarm's own.
    expect(during).toBe(1);
    expect(after).toBeGreaterThan(0);
    await evictDurableObject(account);
    const reborn = accountOf(keyId);
    expect(await reborn.showKey(keyId)).toMatchObject({ value: { lastUsedAt: MINUTE_SECONDS } });
  });

  it('is shown before it was written', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS });
    await callWith(text).finally(() => vi.useRealTimers());
    expect(await account.showKey(keyId)).toMatchObject({ value: { lastUsedAt: MINUTE_SECONDS } });
  });

  function totalChanges(state: DurableObjectState): number {
    return state.storage.sql.exec<{ changes: number }>('SELECT total_changes() AS changes').one().changes;
  }
});

it('the alarm sets itself again for what is not due yet, and not at all when nothing is owed', async ({ expect }) => {
  const { account } = await openKey();
  const dueMs = Date.now() + HOUR_SECONDS * 1000;
  const [armed, idle] = await runInDurableObject(account, async (object: Account, state) => {
    await object.alarm();
    state.storage.sql.exec('DELETE FROM outbox');
    await state.storage.deleteAlarm();
    state.storage.sql.exec(`INSERT INTO outbox (target, subject, due_ms) VALUES ('index', 'digest', ?)`, dueMs);
    await object.alarm();
    const alarm = await state.storage.getAlarm();
    state.storage.sql.exec('DELETE FROM outbox');
    await state.storage.deleteAlarm();
    await object.alarm();
    return [alarm, await state.storage.getAlarm()];
  });
  expect(armed).toBe(dueMs);
  expect(idle).toBeNull();
});

it('an alarm that was lost is set again when the object wakes', async ({ expect }) => {
  const { account, keyId } = await openKey();
  const dueMs = Date.now() + HOUR_SECONDS * 1000;
  await runInDurableObject(account, async (_object, state) => {
    state.storage.sql.exec('DELETE FROM outbox');
    state.storage.sql.exec(`INSERT INTO outbox (target, subject, due_ms) VALUES ('index', 'digest', ?)`, dueMs);
    await state.storage.deleteAlarm();
  });
  await evictDurableObject(account);
  const reborn = accountOf(keyId);
  await reborn.showKey(keyId);
  expect(await runInDurableObject(reborn, (_object, state) => state.storage.getAlarm())).toBe(dueMs);
});

it('storage of a newer schema is refused and left as it is', async ({ expect }) => {
  const { account, text } = await openKey();
  await runInDurableObject(account, async (_object, state) => {
    state.storage.sql.exec('UPDATE schema_version SET version = 999');
    state.storage.sql.exec('DELETE FROM outbox');
    await state.storage.deleteAlarm();
  });
  await evictDurableObject(account);
  await expect(callWith(text)).rejects.toThrow('schema version 999');
});
