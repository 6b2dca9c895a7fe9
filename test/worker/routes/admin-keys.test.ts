import { describe, it } from 'vitest';
import { apiKeySchema } from '../../../protocol/admin/admin-key.ts';
import { callAdmin, createKey, createUser, readKey } from '../admin-api.ts';
import { presentKey } from '../present-key.ts';

const NOW = Math.floor(Date.now() / 1000);
const HOUR_SECONDS = 3_600;

describe('a key', () => {
  it('is answered with its secret once, works at once, and never again shows it', async ({ expect }) => {
    const user = await createUser();
    const fields = { name: 'ci', models: ['tiny-llama'], metadata: { team: 'a' }, expires_at: NOW + HOUR_SECONDS };
    const { key, ...created } = await createKey(user.id, fields);
    expect(await presentKey(key, 'tiny-llama')).toMatchObject({
      admitted: true,
      rights: { models: ['tiny-llama'] },
    });
    expect(created).toMatchObject({
      ...fields,
      object: 'api_key',
      user_id: user.id,
      status: 'active',
      revoked_at: null,
    });
    expect(created.prefix).toBe(key.slice(0, 'hk_'.length + 16));
    const shown = await readKey(created.id);
    expect(shown).toEqual({ ...created, last_used_at: shown.last_used_at });
    for (const path of [`/admin/keys/${created.id}`, `/admin/keys?user_id=${user.id}`]) {
      expect(await (await callAdmin('GET', path)).text()).not.toContain(key.slice(20));
    }
  });

  it('is refused from the call after the revocation; a second revocation is answered the same', async ({ expect }) => {
    const { id, key } = await createKey((await createUser()).id);
    expect(await presentKey(key)).toMatchObject({ admitted: true });
    const first = await callAdmin('POST', `/admin/keys/${id}/revoke`);
    expect(await presentKey(key)).toEqual({ admitted: false, reason: 'key_revoked' });
    const revoked = apiKeySchema.parse(await first.json());
    expect(revoked.status).toBe('revoked');
    const second = await callAdmin('POST', `/admin/keys/${id}/revoke`);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await second.json()).toEqual(revoked);
  });

  it('has a normal priority, unless another one is set', async ({ expect }) => {
    const user = await createUser();
    const { id, key, priority } = await createKey(user.id);
    expect(priority).toBe('normal');
    const { key: urgent } = await createKey(user.id, { priority: 'high' });
    expect(await presentKey(urgent)).toMatchObject({ rights: { priority: 'high' } });
    await callAdmin('PATCH', `/admin/keys/${id}`, { priority: 'low' });
    expect(await presentKey(key)).toMatchObject({ rights: { priority: 'low' } });
    expect(await readKey(id)).toMatchObject({ priority: 'low' });
    const refused = await callAdmin('PATCH', `/admin/keys/${id}`, { priority: null });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: 'priority' } }]);
  });

  it('keeps what an update does not name', async ({ expect }) => {
    const { id } = await createKey((await createUser()).id, { models: ['a', 'b'], metadata: { team: 'x' } });
    const before = await readKey(id);
    await callAdmin('PATCH', `/admin/keys/${id}`, { name: 'renamed' });
    expect(await readKey(id)).toEqual({ ...before, name: 'renamed' });
    await callAdmin('PATCH', `/admin/keys/${id}`, { models: null, expires_at: NOW + HOUR_SECONDS, metadata: {} });
    const after = { ...before, name: 'renamed', models: null, expires_at: NOW + HOUR_SECONDS, metadata: {} };
    expect(await readKey(id)).toEqual(after);
    await callAdmin('PATCH', `/admin/keys/${id}`, { expires_at: null });
    expect(await readKey(id)).toEqual({ ...after, expires_at: null });
    await callAdmin('PATCH', `/admin/keys/${id}`, {});
    expect(await readKey(id)).toEqual({ ...after, expires_at: null });
  });
});

describe('what is refused says why', () => {
  it.for([
    ['no user', { name: 'k' }, 400, 'missing_required_parameter', 'user_id'],
    ['a user that is not there', { name: 'k', user_id: 'Nobody00' }, 404, 'not_found', null],
    ['a user id that is none', { name: 'k', user_id: 'x' }, 400, 'invalid_value', 'user_id'],
    ['an unknown field', { name: 'k', user_id: 'Nobody00', colour: 'red' }, 400, 'unknown_parameter', 'colour'],
    ['no models', { name: 'k', user_id: 'Nobody00', models: [] }, 400, 'invalid_value', 'models'],
    ['a lone surrogate', { name: '\ud800', user_id: 'Nobody00' }, 400, 'invalid_value', 'name'],
    [
      'an expiry that is no time',
      { name: 'k', user_id: 'Nobody00', expires_at: 'soon' },
      400,
      'invalid_value',
      'expires_at',
    ],
  ] as const)('creation with %s', async ([, body, status, code, param], { expect }) => {
    const response = await callAdmin('POST', '/admin/keys', body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, param } });
  });

  it('an expiry in the past, at creation and later', async ({ expect }) => {
    const user = await createUser();
    const { id } = await createKey(user.id);
    const past = { expires_at: NOW - HOUR_SECONDS };
    for (const response of [
      await callAdmin('POST', '/admin/keys', { user_id: user.id, name: 'k', ...past }),
      await callAdmin('PATCH', `/admin/keys/${id}`, past),
    ]) {
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_value', param: 'expires_at' } });
    }
  });

  it('a key for a disabled user, and a change of a revoked key', async ({ expect }) => {
    const user = await createUser();
    const { id } = await createKey(user.id);
    await callAdmin('POST', `/admin/keys/${id}/revoke`);
    await callAdmin('PATCH', `/admin/users/${user.id}`, { disabled: true });
    const statuses = [
      (await callAdmin('POST', '/admin/keys', { user_id: user.id, name: 'k' })).status,
      (await callAdmin('PATCH', `/admin/keys/${id}`, { name: 'x' })).status,
    ];
    expect(statuses).toEqual([409, 409]);
  });

  it('a key that is not there', async ({ expect }) => {
    for (const [method, path, body] of [
      ['GET', '/admin/keys/Nobody00Nothing0', undefined],
      ['PATCH', '/admin/keys/Nobody00Nothing0', { name: 'x' }],
      ['POST', '/admin/keys/Nobody00Nothing0/revoke', undefined],
      ['GET', '/admin/keys/nonsense', undefined],
    ] as const) {
      const response = await callAdmin(method, path, body);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    }
  });
});
