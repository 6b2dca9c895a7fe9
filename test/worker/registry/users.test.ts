import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { UserChange, UserRecord } from '../../../protocol/objects/registry-administration.ts';
import { UserDirectory } from '../../../worker/src/registry/user-directory.ts';
import { accountOf, ACTOR, addKey } from '../accounts/open-account.ts';
import { presentKey } from '../present-key.ts';
import {
  ALL_USERS,
  NOTHING_TOLD,
  registry,
  registryObject,
  runAlarmEarly,
  whileAccountFails,
} from './registry-requests.ts';

const LONG_DUE_MS = 1;
const LATER_MS = 1_000_000;
const LIMITS = { requests_per_minute: 10 };

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function newUser(fields: Partial<UserRecord> = {}): Promise<UserRecord> {
  const id = randomId(8);
  const user = { id, name: `user ${id}`, externalId: null, limits: null, metadata: {}, ...fields };
  const answer = await registry().createUser(user, ACTOR);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

async function show(id: string): Promise<UserRecord | null> {
  const answer = await registry().showUser(id);
  return answer.ok ? answer.value : null;
}

async function audited(id: string): Promise<string[]> {
  const page = await registry().listAudit('registry', 100, null);
  if (!page.ok) throw new Error(page.reason);
  return page.value.data.filter(({ target }) => target === id).map(({ action }) => action);
}

/** What the Registry has committed before it tells the account, and no more: as a crash at that point leaves it. */
async function crashBeforeTelling(user: UserRecord, change: UserChange): Promise<void> {
  await runInDurableObject(registryObject(), (_object, { storage }) => {
    new UserDirectory(storage.sql).writeChange({ ...user, ...change } as UserRecord, LONG_DUE_MS);
  });
  await abortAllDurableObjects();
}

describe('a change that broke off between Registry and account', () => {
  it('is told to the account by the alarm', async ({ expect }) => {
    const user = await newUser();
    const { text } = await addKey(user.id);
    await crashBeforeTelling(user, { disabled: true, limits: LIMITS });
    expect(await presentKey(text)).toMatchObject({ admitted: true });
    await runAlarmEarly();
    expect(await presentKey(text)).toEqual({ admitted: false, reason: 'user_disabled' });
    expect(await accountOf(user.id).updateAccount({})).toMatchObject({ value: { disabled: true, limits: LIMITS } });
  });

  it('is not taken back by a copy of what the account was before', async ({ expect }) => {
    const user = await newUser();
    await crashBeforeTelling(user, { disabled: true });
    const before = { disabled: false, limits: null, version: 1_000 };
    await registry().applyProjections(user.id, { ...NOTHING_TOLD, account: before });
    expect(await show(user.id)).toMatchObject({ disabled: true });
  });

  it('is told with the next change, when that comes first', async ({ expect }) => {
    const user = await newUser();
    await crashBeforeTelling(user, { disabled: true });
    expect(await registry().updateUser(user.id, { limits: LIMITS }, ACTOR)).toMatchObject({
      value: { disabled: true, limits: LIMITS },
    });
    expect(await accountOf(user.id).updateAccount({})).toMatchObject({ value: { disabled: true, limits: LIMITS } });
  });

  it('because the account failed is refused, audited, and finished by the alarm', async ({ expect }) => {
    const user = await newUser();
    const refused = await whileAccountFails(user.id, () => registry().updateUser(user.id, { disabled: true }, ACTOR));
    expect(refused).toEqual({ ok: false, reason: 'account_unavailable' });
    expect(await audited(user.id)).toEqual(['user.update', 'user.create']);
    await runAlarmEarly();
    expect(await accountOf(user.id).updateAccount({})).toMatchObject({ value: { disabled: true } });
    expect(await show(user.id)).toMatchObject({ disabled: true });
  });

  it('gives way to a later one', async ({ expect }) => {
    const user = await newUser();
    await whileAccountFails(user.id, () => registry().updateUser(user.id, { disabled: true }, ACTOR));
    await registry().updateUser(user.id, { disabled: false }, ACTOR);
    await runAlarmEarly();
    expect(await accountOf(user.id).updateAccount({})).toMatchObject({ value: { disabled: false } });
  });
});

describe('a deleted user', () => {
  it('leaves name and external id free, and its usage and audit readable', async ({ expect }) => {
    const user = await newUser({ name: 'to be deleted', externalId: 'crm-deleted' });
    const { keyId } = await addKey(user.id);
    await accountOf(user.id).revokeKey(keyId, ACTOR);
    expect(await registry().deleteUser(user.id, ACTOR)).toEqual({ ok: true, value: null });
    expect(await show(user.id)).toBeNull();
    expect(await registry().deleteUser(user.id, ACTOR)).toEqual({ ok: false, reason: 'user_not_found' });
    const other = await newUser({ name: 'to be deleted', externalId: 'crm-deleted' });
    expect(other.id).not.toBe(user.id);

    expect(await registry().readUsage({ user_id: user.id, format: 'json' })).toMatchObject({ ok: true });
    const chain = await registry().listAudit(user.id, 100, null);
    expect(chain.ok && chain.value.data.map(({ action }) => action)).toEqual(['key.revoke', 'key.create']);
    expect(await registry().verifyAudit(user.id)).toMatchObject({ value: { entries: 2, problems: [] } });
    expect(await audited(user.id)).toEqual(['user.delete', 'user.create']);
  });

  it('is in no list and gets no keys', async ({ expect }) => {
    const user = await newUser();
    await registry().deleteUser(user.id, ACTOR);
    const listed = await registry().listUsers({ limit: 100, after: null }, ALL_USERS);
    expect(listed.ok && listed.value.items.map(({ id }) => id)).not.toContain(user.id);
    expect((await addKey(user.id)).created).toMatchObject({ ok: false });
    expect(await registry().updateUser(user.id, { name: 'x' }, ACTOR)).toEqual({ ok: false, reason: 'user_not_found' });
  });

  it('is none while a key of it is not revoked', async ({ expect }) => {
    const user = await newUser();
    const { text } = await addKey(user.id);
    expect(await registry().deleteUser(user.id, ACTOR)).toEqual({ ok: false, reason: 'user_has_keys' });
    await runAlarmEarly();
    expect(await show(user.id)).toEqual(user);
    expect(await presentKey(text)).toMatchObject({ admitted: true });
    expect(await audited(user.id)).toEqual(['user.create']);
  });

  it('whose deletion broke off is deleted by the alarm, once', async ({ expect }) => {
    const user = await newUser();
    const refused = await whileAccountFails(user.id, () => registry().deleteUser(user.id, ACTOR));
    expect(refused).toEqual({ ok: false, reason: 'account_unavailable' });
    expect(await show(user.id)).toEqual(user);
    await runAlarmEarly();
    await runAlarmEarly();
    expect(await show(user.id)).toBeNull();
    const page = await registry().listAudit('registry', 1, null);
    expect(page.ok && page.value.data).toMatchObject([{ action: 'user.delete', actor: { token_id: ACTOR.tokenId } }]);
  });

  it('stays when its deletion broke off and it has a key when the alarm comes', async ({ expect }) => {
    const user = await newUser();
    await whileAccountFails(user.id, () => registry().deleteUser(user.id, ACTOR));
    await addKey(user.id);
    await runAlarmEarly();
    await runAlarmEarly();
    expect(await show(user.id)).toEqual(user);
  });
});

describe('an upsert by external id', () => {
  const push = (fields: UserChange & { externalId: string; name: string }) =>
    registry().upsertUser(randomId(8), fields, ACTOR);

  it('makes the user once, and changes it from then on', async ({ expect }) => {
    const made = await push({ externalId: 'crm-7', name: 'Grace', limits: LIMITS });
    expect(made).toMatchObject({ value: { name: 'Grace', externalId: 'crm-7', limits: LIMITS, disabled: false } });
    const again = await push({ externalId: 'crm-7', name: 'Grace Hopper' });
    expect(again).toEqual({ ok: true, value: { ...(made.ok && made.value), name: 'Grace Hopper' } });
    expect(await audited(made.ok ? made.value.id : '')).toEqual(['user.update', 'user.create']);
  });

  it('of many at the same time makes one user', async ({ expect }) => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => push({ externalId: 'crm-8', name: 'one of many' })),
    );
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(new Set(answers.map((answer) => answer.ok && answer.value.id)).size).toBe(1);
  });

  it('can make a user that is disabled from the first moment', async ({ expect }) => {
    const made = await push({ externalId: 'crm-9', name: 'disabled from birth', disabled: true });
    if (!made.ok) throw new Error(made.reason);
    expect(made.value.disabled).toBe(true);
    expect((await addKey(made.value.id)).created).toEqual({ ok: false, reason: 'user_disabled' });
  });

  it('completes a creation that broke off', async ({ expect }) => {
    const id = randomId(8);
    const user = { id, name: 'broken off', externalId: 'crm-10', limits: null, metadata: {}, disabled: false };
    await runInDurableObject(registryObject(), (_object, { storage }) => {
      new UserDirectory(storage.sql).insertPending(user, 1_700_000_000, Date.now() + LATER_MS);
    });
    expect(await push({ externalId: 'crm-10', name: 'broken off' })).toMatchObject({ ok: true, value: { id } });
    expect((await addKey(id)).created).toMatchObject({ ok: true });
  });

  it('says so when another user has the name', async ({ expect }) => {
    const { name } = await newUser();
    expect(await push({ externalId: 'crm-11', name })).toEqual({ ok: false, reason: 'name_taken' });
    await push({ externalId: 'crm-11', name: 'free' });
    expect(await push({ externalId: 'crm-11', name })).toEqual({ ok: false, reason: 'name_taken' });
  });

  it('makes a new user after the former one was deleted', async ({ expect }) => {
    const made = await push({ externalId: 'crm-12', name: 'phoenix' });
    if (!made.ok) throw new Error(made.reason);
    await registry().deleteUser(made.value.id, ACTOR);
    const again = await push({ externalId: 'crm-12', name: 'phoenix' });
    expect(again.ok && again.value.id).not.toBe(made.value.id);
  });
});

describe('a search among users', () => {
  const found = async (search: string): Promise<string[]> => {
    const answer = await registry().listUsers({ limit: 100, after: null }, { search, externalId: null });
    return answer.ok ? answer.value.items.map(({ id }) => id) : [];
  };

  it('looks in name, external id and id, whatever the case, also beyond ASCII', async ({ expect }) => {
    const user = await newUser({ name: 'Özge 100% _under', externalId: 'CRM/Ärger-1' });
    for (const search of ['özge', 'ÖZGE', '100%', '% _', 'crm/ärger', user.id.toLowerCase(), user.id.slice(2, 7)]) {
      expect(await found(search), search).toEqual([user.id]);
    }
    for (const search of ['%zge', '_zge', 'ozge', '100%%']) expect(await found(search), search).toEqual([]);
  });

  it('finds a changed user by what it is now', async ({ expect }) => {
    const user = await newUser({ name: 'before the change' });
    await registry().updateUser(user.id, { name: 'after it', externalId: 'sought' }, ACTOR);
    expect([await found('before the change'), await found('SOUGHT')]).toEqual([[], [user.id]]);
  });

  it('by external id is exact', async ({ expect }) => {
    const user = await newUser({ externalId: 'exactly-this' });
    const list = (externalId: string) => registry().listUsers({ limit: 10, after: null }, { search: null, externalId });
    expect(await list('exactly-this')).toMatchObject({ value: { items: [{ id: user.id }] } });
    expect(await list('exactly')).toMatchObject({ value: { items: [] } });
  });
});
