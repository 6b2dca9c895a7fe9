import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import type { AccountProjection } from '../../../protocol/objects/registry-administration.ts';
import { Account } from '../../../worker/src/accounts/account.ts';
import { isGenuineAuditHead } from '../../../worker/src/audit/audit-head.ts';
import type { GatewayEnv } from '../../../worker/src/gateway-env.ts';
import { registryStub } from '../../../worker/src/registry/registry-stub.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';
import { ACTOR, accountOf, mintKey, nowSeconds, openKey, readAudit } from './open-account.ts';

const HOUR_SECONDS = 3_600;
const WIRE_ACTOR = { token_id: 'root', token_name: 'root', address: '192.0.2.7', request_id: 'req_test' };
const SECRETS = { keyCheckSecret: TEST_KEY_CHECK_SECRET, previousKeyCheckSecret: null };

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

it('a chain whose end was cut off is found out also when it has grown again since', async ({ expect }) => {
  const { account, accountId, keyId } = await openKey();
  await account.updateKey(keyId, { name: 'b' }, ACTOR);
  await settle(account);
  const kept = await registryStub(env).readAuditHead(accountId);
  expect(kept).toMatchObject({ sequence: 2 });
  await runInDurableObject(account, (_object, state) => {
    state.storage.sql.exec('DELETE FROM audit WHERE sequence = 2');
  });
  for (const name of ['c', 'd']) await account.updateKey(keyId, { name }, ACTOR);
  await settle(account);
  expect(await registryStub(env).readAuditHead(accountId)).toEqual(kept);
  expect(await account.verifyAudit(kept)).toEqual({
    entries: 3,
    head_sequence: 2,
    problems: [{ sequence: 2, problem: 'head_differs' }],
  });
});

/** The Registry has been told everything. */
async function settle(account: ReturnType<typeof accountOf>): Promise<void> {
  await runInDurableObject(account, async (object: Account, state) => {
    state.storage.sql.exec('UPDATE outbox SET due_ms = 0');
    await object.alarm();
  });
}

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
  const readAuditHead = () => Promise.resolve(null);
  const registry = { applyProjections, readAuditHead };
  const bindings = { ...env, REGISTRY: { getByName: () => registry } } as unknown as GatewayEnv;
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
