import { describe, it } from 'vitest';
import { userSchema } from '../../../protocol/admin/admin-user.ts';
import { callAdmin, createKey, createUser } from '../admin-api.ts';
import { presentKey } from '../present-key.ts';

describe('a user', () => {
  it('is shown as it was made', async ({ expect }) => {
    const fields = { name: 'Ada', external_id: 'crm-1', metadata: { plan: 'free' } };
    const user = await createUser(fields);
    expect(user).toMatchObject({ ...fields, object: 'user', disabled: false });
    expect(await (await callAdmin('GET', `/admin/users/${user.id}`)).json()).toEqual(user);
  });

  it('that is disabled has no call let in, with any key, from the moment of the answer', async ({ expect }) => {
    const user = await createUser();
    const { key } = await createKey(user.id);
    expect(await presentKey(key)).toMatchObject({ admitted: true });
    const response = await callAdmin('PATCH', `/admin/users/${user.id}`, { disabled: true });
    expect(await presentKey(key)).toEqual({ admitted: false, reason: 'user_disabled' });
    expect(userSchema.parse(await response.json()).disabled).toBe(true);
    await callAdmin('PATCH', `/admin/users/${user.id}`, { disabled: false });
    expect(await presentKey(key)).toMatchObject({ admitted: true });
  });

  it('keeps what an update does not name', async ({ expect }) => {
    const user = await createUser({ external_id: 'kept', metadata: { a: 'b' } });
    const response = await callAdmin('PATCH', `/admin/users/${user.id}`, { name: 'new name' });
    expect(await response.json()).toEqual({ ...user, name: 'new name' });
    const cleared = await callAdmin('PATCH', `/admin/users/${user.id}`, { external_id: null });
    expect(await cleared.json()).toEqual({ ...user, name: 'new name', external_id: null });
  });
});

describe('a user of a user system of your own', () => {
  const put = (fields: object) => callAdmin('PUT', '/admin/users', fields);

  it('is made and changed by its external id, and found by it', async ({ expect }) => {
    const limits = { tokens_per_day: 1_000, models: { small: { requests_per_minute: 5 } } };
    const made = userSchema.parse(await (await put({ external_id: 'idp-1', name: 'Lin', limits })).json());
    expect(made).toMatchObject({ external_id: 'idp-1', name: 'Lin', limits, disabled: false });
    const changed = await put({ external_id: 'idp-1', name: 'Lin T.', disabled: true });
    expect(await changed.json()).toEqual({ ...made, name: 'Lin T.', disabled: true });
    const listed: { data: unknown[] } = await (await callAdmin('GET', '/admin/users?external_id=idp-1')).json();
    expect(listed.data).toEqual([{ ...made, name: 'Lin T.', disabled: true }]);
    const searched: { data: unknown[] } = await (await callAdmin('GET', '/admin/users?q=lin%20t')).json();
    expect(searched.data).toEqual(listed.data);
  });

  it('needs the external id, and is told which field is misspelt', async ({ expect }) => {
    for (const [fields, param, message] of [
      [{ name: 'x' }, 'external_id', 'Missing'],
      [{ external_id: 'idp-2', name: 'x', extrenal_id: 'y' }, 'extrenal_id', "Did you mean 'external_id'?"],
      [
        { external_id: 'idp-2', name: 'x', limits: { tokens_per_dya: 1 } },
        'limits.tokens_per_dya',
        "'tokens_per_day'?",
      ],
    ] as const) {
      const response = await put(fields);
      expect(response.status).toBe(400);
      const { error }: { error: { param: string; message: string } } = await response.json();
      expect(error.param).toBe(param);
      expect(error.message).toContain(message);
    }
  });
});

describe('a deleted user', () => {
  it('is gone, once its keys are revoked', async ({ expect }) => {
    const user = await createUser({ name: 'soon gone', external_id: 'gone-1' });
    const { id } = await createKey(user.id);
    const remove = () => callAdmin('DELETE', `/admin/users/${user.id}`);
    const refused = await remove();
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ error: { code: 'conflict' } });
    await callAdmin('POST', `/admin/keys/${id}/revoke`);
    expect(await (await remove()).json()).toEqual({ object: 'user', id: user.id, deleted: true });
    expect([(await remove()).status, (await callAdmin('GET', `/admin/users/${user.id}`)).status]).toEqual([404, 404]);
    expect((await callAdmin('POST', '/admin/keys', { user_id: user.id, name: 'k' })).status).toBe(404);
    expect((await callAdmin('GET', `/admin/usage?user_id=${user.id}`)).status).toBe(200);
    expect((await callAdmin('GET', `/admin/audit?chain=${user.id}`)).status).toBe(200);
    expect((await createUser({ name: 'soon gone', external_id: 'gone-1' })).id).not.toBe(user.id);
  });
});

describe('names and external ids are unique', () => {
  it('at creation and at every change, and a refused change changes nothing', async ({ expect }) => {
    const first = await createUser({ name: 'taken name', external_id: 'taken-id' });
    const second = await createUser();
    const attempts = [
      [await callAdmin('POST', '/admin/users', { name: 'taken name' }), 'name'],
      [await callAdmin('POST', '/admin/users', { name: 'other', external_id: 'taken-id' }), 'external_id'],
      [await callAdmin('PATCH', `/admin/users/${second.id}`, { name: 'taken name', disabled: true }), 'name'],
      [await callAdmin('PATCH', `/admin/users/${second.id}`, { external_id: 'taken-id' }), 'external_id'],
    ] as const;
    for (const [response, param] of attempts) {
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ error: { code: 'conflict', param } });
    }
    expect(await (await callAdmin('GET', `/admin/users/${second.id}`)).json()).toEqual(second);
    const same = { name: 'taken name', external_id: 'taken-id' };
    expect((await callAdmin('PATCH', `/admin/users/${first.id}`, same)).status).toBe(200);
  });

  it('of many creations at the same time with one name, exactly one succeeds', async ({ expect }) => {
    const attempts = Array.from({ length: 10 }, () => callAdmin('POST', '/admin/users', { name: 'the one' }));
    const statuses = (await Promise.all(attempts)).map((response) => response.status);
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });
});

it.for([
  ['GET', '/admin/users/Nobody00', undefined, 404],
  ['PATCH', '/admin/users/Nobody00', { disabled: true }, 404],
  ['GET', '/admin/users/not-an-id', undefined, 404],
  ['POST', '/admin/users', {}, 400],
  ['POST', '/admin/users', { name: '' }, 400],
  ['POST', '/admin/users', { name: 'x', disabled: true }, 400],
  ['POST', '/admin/users', { name: 'x', metadata: { a: 1 } }, 400],
  ['DELETE', '/admin/users/Nobody00', undefined, 404],
  ['DELETE', '/admin/users', undefined, 405],
] as const)('%s %s %j is answered %i', async ([method, path, body, status], { expect }) => {
  expect((await callAdmin(method, path, body)).status).toBe(status);
});
