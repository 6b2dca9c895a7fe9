import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { KeyChange, KeySettings } from '../../../protocol/objects/key-record.ts';
import type { AccountProjection } from '../../../protocol/objects/registry-administration.ts';
import { Account } from '../../../worker/src/accounts/account.ts';
import { isGenuineAuditHead } from '../../../worker/src/audit/audit-head.ts';
import type { GatewayEnv } from '../../../worker/src/gateway-env.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';
import { ACTOR, accountOf, addKey, callOf, callWith, mintKey, nowSeconds, openKey, readAudit } from './open-account.ts';

const HOUR_SECONDS = 3_600;
const WIRE_ACTOR = { token_id: 'root', token_name: 'root', address: '192.0.2.7', request_id: 'req_test' };
const SECRETS = { keyCheckSecret: TEST_KEY_CHECK_SECRET, previousKeyCheckSecret: null };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the settings of a key', () => {
  const settings: Omit<KeySettings, 'expiresAt'> = {
    name: 'all of it',
    models: ['m', 'n'],
    scopes: ['chat', 'models'],
    addresses: ['10.0.0.0/8', '::1'],
    limits: { requests_per_minute: 5, models: { m: { tokens_per_day: 100 } } },
    metadata: { team: 'a' },
    rotateAfter: 30 * 86_400,
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

describe('the audit of an account', () => {
  it('has an entry for each act: who, what, from where, before and after', async ({ expect }) => {
    const expiresAt = nowSeconds() + HOUR_SECONDS;
    const { account, accountId, keyId } = await openKey({ name: 'a', models: ['m'], expiresAt });
    await account.updateKey(keyId, { name: 'b', limits: { requests_per_day: 1 } }, ACTOR);
    await account.setKeyDisabled(keyId, true, ACTOR);
    await account.setKeyDisabled(keyId, false, ACTOR);
    await account.rotateKey(keyId, 'digest 2', HOUR_SECONDS, ACTOR);
    await account.finishRotation(keyId, ACTOR);
    await account.revokeKey(keyId, ACTOR);
    const entries = (await readAudit(keyId)).reverse();
    expect(entries.map(({ action }) => action)).toEqual([
      'key.create',
      'key.update',
      'key.disable',
      'key.enable',
      'key.rotate',
      'key.finish_rotation',
      'key.revoke',
    ]);
    for (const [place, entry] of entries.entries()) {
      expect(entry).toMatchObject({ chain: accountId, sequence: place + 1, actor: WIRE_ACTOR, target: keyId });
      expect(Math.abs(entry.at - Date.now())).toBeLessThan(60_000);
    }
    const [created, updated, disabled, enabled, rotated, finished, revoked] = entries;
    expect(created).toMatchObject({
      before: null,
      after: { name: 'a', models: ['m'], limits: null, expires_at: expiresAt },
    });
    expect([updated?.before, updated?.after]).toEqual([
      { name: 'a', limits: null },
      { name: 'b', limits: { requests_per_day: 1 } },
    ]);
    const time: unknown = expect.any(Number);
    expect([disabled?.before, disabled?.after]).toEqual([{ disabled_at: null }, { disabled_at: time }]);
    expect([enabled?.before, enabled?.after]).toEqual([{ disabled_at: time }, { disabled_at: null }]);
    expect(rotated?.after).toMatchObject({ grace_secrets: [{ created_at: time, ends_at: time }] });
    expect(finished?.after).toEqual({ grace_secrets: [] });
    expect([revoked?.before, revoked?.after]).toEqual([{ revoked_at: null }, { revoked_at: time }]);
  });

  it('has no second entry for what is so already, and the record stays the same', async ({ expect }) => {
    const { account, keyId } = await openKey({ models: ['m', 'n'] });
    const again = async (act: () => Promise<unknown>): Promise<void> => {
      const first = await act();
      const entries = (await readAudit(keyId)).length;
      expect(await act()).toEqual(first);
      expect(await readAudit(keyId)).toHaveLength(entries);
    };
    await again(() => account.updateKey(keyId, { name: 'b', models: ['n'] }, ACTOR));
    await again(() => account.setKeyDisabled(keyId, true, ACTOR));
    await again(() => account.setKeyDisabled(keyId, false, ACTOR));
    await again(() => account.rotateKey(keyId, 'digest 2', HOUR_SECONDS, ACTOR));
    await again(() => account.finishRotation(keyId, ACTOR));
    await again(() => account.revokeKey(keyId, ACTOR));
  });

  it('has nothing of what was refused', async ({ expect }) => {
    const { account, keyId } = await openKey();
    await account.updateKey(keyId, { expiresAt: nowSeconds() - 1 }, ACTOR);
    await account.revokeKey(`${keyId.slice(0, 8)}00000000`, ACTOR);
    expect(await readAudit(keyId)).toHaveLength(1);
  });

  it('and the act are there together or not at all', async ({ expect }) => {
    const { account, accountId, key } = await openKey();
    const broken = { ...key, keyId: accountId + randomId(8) };
    const failing = runInDurableObject(account, (object: Account) => object.createKey(broken, ACTOR));
    await expect(failing).rejects.toThrow('UNIQUE');
    expect(await account.showKey(broken.keyId)).toEqual({ ok: false, reason: 'unknown_key' });
    expect(await readAudit(accountId)).toHaveLength(1);
  });

  it('tells that nothing came of a creation that was cancelled', async ({ expect }) => {
    const { account, keyId } = await openKey();
    await account.cancelKey(keyId);
    await account.cancelKey(keyId);
    const [entry, ...others] = await readAudit(keyId);
    expect(entry).toMatchObject({ action: 'key.revoke', actor: { token_id: 'system' }, after: null });
    expect(others).toHaveLength(1);
  });

  it('holds no secret and no digest', async ({ expect }) => {
    const { account, keyId, text, secretDigest } = await openKey();
    const next = await mintKey(keyId);
    await account.rotateKey(keyId, next.key.secretDigest, HOUR_SECONDS, ACTOR);
    await account.revokeKey(keyId, ACTOR);
    const log = JSON.stringify(await readAudit(keyId));
    for (const secret of [text, secretDigest, next.text, next.key.secretDigest]) expect(log).not.toContain(secret);
  });

  it('shows when somebody has touched it, on both sides', async ({ expect }) => {
    const { projections, keyId } = await tellRegistry(async (account, key) => {
      await account.updateKey(key.keyId, { name: 'b' }, ACTOR);
      await account.revokeKey(key.keyId, ACTOR);
    });
    const account = accountOf(keyId);
    const head = projections.map(({ auditHead }) => auditHead).findLast((one) => one !== null) as AuditHead;
    expect(await account.verifyAudit(head)).toEqual({ entries: 3, head_sequence: 3, problems: [] });
    const forged = { ...head, sequence: 2 };
    expect(await account.verifyAudit(forged)).toMatchObject({ problems: [{ sequence: 2, problem: 'head_forged' }] });
    await runInDurableObject(account, (_object, state) => {
      state.storage.sql.exec('DELETE FROM audit WHERE sequence = 3');
    });
    expect(await account.verifyAudit(head)).toMatchObject({ problems: [{ sequence: 3, problem: 'cut_off' }] });
    await runInDurableObject(account, (_object, state) => {
      state.storage.sql.exec(`UPDATE audit SET entry = replace(entry, '"b"', '"c"')`);
    });
    expect(await account.verifyAudit(null)).toMatchObject({ problems: [{ sequence: 2, problem: 'changed' }] });
  });
});

describe('the Registry', () => {
  it('is told of every change: keys, the account, and the head of the audit chain', async ({ expect }) => {
    const { projections, keyId, shown } = await tellRegistry(async (account, key) => {
      await account.rotateKey(key.keyId, 'digest 2', HOUR_SECONDS, ACTOR);
      await account.updateAccount({ limits: { requests_per_day: 3 } });
    });
    const last = {
      keys: projections.flatMap(({ keys }) => keys).at(-1),
      account: projections.map(({ account }) => account).findLast((account) => account !== null),
      head: projections.map(({ auditHead }) => auditHead).findLast((one) => one !== null),
    };
    expect(last.keys).toEqual(shown);
    expect(last.account).toEqual({ disabled: false, limits: { requests_per_day: 3 }, version: 2 });
    expect(last.head).toMatchObject({ sequence: 2 });
    expect(isGenuineAuditHead(keyId.slice(0, 8), last.head!, SECRETS)).toBe(true);
  });
});

/** Works on an account whose Registry is a double that keeps what it is told. */
async function tellRegistry(work: (account: Account, key: { keyId: string }) => Promise<void>) {
  const accountId = randomId(8);
  const { text, key } = await mintKey(accountId + randomId(8));
  const projections: AccountProjection[] = [];
  const applyProjections = (_id: string, projection: AccountProjection): Promise<void> => {
    projections.push(projection);
    return Promise.resolve();
  };
  const bindings = { ...env, REGISTRY: { getByName: () => ({ applyProjections }) } } as unknown as GatewayEnv;
  const shown = await runInDurableObject(accountOf(accountId), async (_object, state) => {
    const account = new Account(state, bindings);
    await account.openAccount(accountId, nowSeconds(), null);
    await account.createKey(key, ACTOR);
    await work(account, key);
    await account.alarm();
    const answer = await account.showKey(key.keyId);
    return answer.ok ? answer.value : null;
  });
  await evictDurableObject(accountOf(accountId));
  return { projections, keyId: key.keyId, text, shown };
}
