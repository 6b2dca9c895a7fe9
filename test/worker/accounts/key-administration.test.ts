import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { KeyChange, KeySettings } from '../../../protocol/objects/key-record.ts';
import type { Account } from '../../../worker/src/accounts/account.ts';
import { ACTOR, accountOf, addKey, callOf, callWith, nowSeconds, openKey, readAudit } from './open-account.ts';

const HOUR_SECONDS = 3_600;

describe('the settings of a key', () => {
  const settings: Omit<KeySettings, 'expiresAt'> = {
    name: 'all of it',
    models: ['m', 'n'],
    scopes: ['chat', 'models'],
    addresses: ['10.0.0.0/8', '::1'],
    limits: { requests_per_minute: 5, models: { m: { tokens_per_day: 100 } } },
    metadata: { team: 'a' },
    rotateAfter: 30 * 86_400,
    priority: 'low',
  };

  it('are what was asked for, and stay when the object goes', async ({ expect }) => {
    const { account, keyId } = await openKey(settings);
    expect(await account.showKey(keyId)).toMatchObject({ ok: true, value: { ...settings, disabledAt: null } });
    await evictDurableObject(account);
    expect(await accountOf(keyId).showKey(keyId)).toMatchObject({ ok: true, value: settings });
  });

  it('are changed one by one, and taken away with null', async ({ expect }) => {
    const { account, keyId } = await openKey(settings);
    const limits = { tokens_per_month: 9, models: { n: { parallel_requests: 1 } } };
    const changes: KeyChange[] = [
      { scopes: ['predict'] },
      { addresses: ['192.0.2.1'] },
      { limits },
      { rotateAfter: 86_400 },
      { priority: 'high' },
      { metadata: {} },
      { limits: null, models: null },
      { scopes: null, addresses: null, rotateAfter: null },
    ];
    let wanted: KeyChange = settings;
    for (const change of changes) {
      wanted = { ...wanted, ...change };
      expect(await account.updateKey(keyId, change, ACTOR)).toMatchObject({ ok: true, value: wanted });
    }
  });

  it('have no limit for a model that the key may not use', async ({ expect }) => {
    const { account, keyId } = await openKey(settings);
    const refused = { ok: false, reason: 'limit_for_other_model' };
    const onlyO = { models: { o: { requests_per_day: 1 } } };
    expect(await account.updateKey(keyId, { models: ['n'] }, ACTOR)).toEqual(refused);
    expect(await account.updateKey(keyId, { limits: onlyO }, ACTOR)).toEqual(refused);
    expect(await account.updateKey(keyId, { models: ['n'], limits: null }, ACTOR)).toMatchObject({ ok: true });
    expect(await account.updateKey(keyId, { models: null, limits: onlyO }, ACTOR)).toMatchObject({ ok: true });
  });
});

describe('a disabled key', () => {
  it('is refused from the moment of the answer, and works again when it is enabled', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    const disabled = await account.setKeyDisabled(keyId, true, ACTOR);
    expect(disabled).toMatchObject({ ok: true, value: { version: 2 } });
    expect(disabled.ok && Math.abs((disabled.value.disabledAt ?? 0) - nowSeconds()) < 60).toBe(true);
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'key_disabled' });
    expect(await account.setKeyDisabled(keyId, false, ACTOR)).toMatchObject({
      value: { disabledAt: null, version: 3 },
    });
    expect(await callWith(text)).toMatchObject({ admitted: true });
  });

  it('cannot be made of a revoked one, or of none', async ({ expect }) => {
    const { account, accountId, keyId } = await openKey();
    await account.revokeKey(keyId, ACTOR);
    for (const disabled of [true, false]) {
      expect(await account.setKeyDisabled(keyId, disabled, ACTOR)).toEqual({ ok: false, reason: 'key_revoked' });
      const unknown = `${accountId}00000000`;
      expect(await account.setKeyDisabled(unknown, disabled, ACTOR)).toEqual({ ok: false, reason: 'unknown_key' });
    }
  });
});

describe('the user of an account', () => {
  it('has limits and is disabled, each with a higher version; what is so already stays', async ({ expect }) => {
    const { account } = await openKey();
    const limits = { requests_per_day: 7 };
    expect(await account.updateAccount({ limits })).toEqual({
      ok: true,
      value: { disabled: false, limits, version: 2 },
    });
    expect(await account.updateAccount({ disabled: true })).toMatchObject({
      value: { disabled: true, limits, version: 3 },
    });
    expect(await account.updateAccount({ disabled: true, limits })).toMatchObject({ value: { version: 3 } });
    expect(await account.updateAccount({ limits: null })).toMatchObject({ value: { disabled: true, limits: null } });
  });

  it('has the limits that the account was opened with; opening it again changes nothing', async ({ expect }) => {
    const accountId = randomId(8);
    const account = accountOf(accountId);
    const opened = await account.openAccount(accountId, nowSeconds(), { parallel_requests: 2 });
    expect(opened).toEqual({ disabled: false, limits: { parallel_requests: 2 }, version: 1 });
    expect(await account.openAccount(accountId, nowSeconds(), null)).toEqual(opened);
  });

  it('is closed for good once all keys are revoked, and again with the same answer', async ({ expect }) => {
    const { account, accountId, keyId } = await openKey();
    expect(await account.closeAccount()).toEqual({ ok: false, reason: 'keys_left' });
    await account.revokeKey(keyId, ACTOR);
    expect(await account.closeAccount()).toEqual({ ok: true, value: null });
    expect(await account.closeAccount()).toEqual({ ok: true, value: null });
    const unknown = { ok: false, reason: 'unknown_account' };
    expect((await addKey(accountId)).created).toEqual(unknown);
    expect(await account.updateAccount({ disabled: false })).toEqual(unknown);
    expect(await account.showKey(keyId)).toMatchObject({ ok: true });
  });

  it('is nobody while the account was never opened', async ({ expect }) => {
    const account = accountOf(randomId(8));
    expect(await account.updateAccount({ disabled: true })).toEqual({ ok: false, reason: 'unknown_account' });
    expect(await account.closeAccount()).toEqual({ ok: false, reason: 'unknown_account' });
    expect(await account.reconcileIndex(false)).toEqual({ secrets: 0, missing: 0, superfluous: 0 });
    expect(await account.readUsage(0, nowSeconds())).toEqual({ sums: [], complete: true });
    expect(await account.verifyAudit(null)).toEqual({ entries: 0, head_sequence: null, problems: [] });
    expect(await readAudit(randomId(8))).toEqual([]);
  });
});

describe('what takes rights away', () => {
  const takings: [what: string, take: (account: Account, keyId: string) => Promise<unknown>][] = [
    ['a revocation', (account, keyId) => account.revokeKey(keyId, ACTOR)],
    ['a repeated revocation', (account, keyId) => revokeTwice(account, keyId)],
    ['disabling the key', (account, keyId) => account.setKeyDisabled(keyId, true, ACTOR)],
    ['a rotation without grace', (account, keyId) => account.rotateKey(keyId, 'digest', 0, ACTOR)],
    ['the end of a rotation', (account, keyId) => account.finishRotation(keyId, ACTOR)],
    ['other models', (account, keyId) => account.updateKey(keyId, { models: ['m'] }, ACTOR)],
    ['other scopes', (account, keyId) => account.updateKey(keyId, { scopes: ['chat'] }, ACTOR)],
    ['other addresses', (account, keyId) => account.updateKey(keyId, { addresses: ['::1'] }, ACTOR)],
    ['other limits', (account, keyId) => account.updateKey(keyId, { limits: { requests_per_day: 1 } }, ACTOR)],
    ['an expiry', (account, keyId) => account.updateKey(keyId, { expiresAt: nowSeconds() + HOUR_SECONDS }, ACTOR)],
    ['disabling the user', (account) => account.updateAccount({ disabled: true })],
    ["the user's limits", (account) => account.updateAccount({ limits: { requests_per_day: 1 } })],
  ];
  it.for(takings)('is answered only when no permit from before it can be in use: %s', async ([, take], { expect }) => {
    const { account, keyId, secretDigest } = await openKey();
    await runInDurableObject(account, async (object: Account) => {
      const askedMs = Date.now();
      const admitted = await object.admit(callOf(keyId, secretDigest));
      if (!admitted.admitted || admitted.permit === null) throw new Error('there was no permit');
      await take(object, keyId);
      expect(Date.now()).toBeGreaterThanOrEqual(askedMs + admitted.permit.lifeMs);
    });
  });

  function revokeTwice(account: Account, keyId: string): Promise<unknown> {
    void account.revokeKey(keyId, ACTOR);
    return account.revokeKey(keyId, ACTOR);
  }
});
