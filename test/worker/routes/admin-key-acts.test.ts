import { describe, it } from 'vitest';
import {
  apiKeySchema,
  createdApiKeySchema,
  type ApiKey,
  type CreatedApiKey,
} from '../../../protocol/admin/admin-key.ts';
import { callAdmin, createKey, createUser, readKey } from '../admin-api.ts';
import { presentKey } from '../present-key.ts';

const DAY = 86_400;

async function act(id: string, verb: string, body?: unknown): Promise<Response> {
  return callAdmin('POST', `/admin/keys/${id}/${verb}`, body);
}

async function rotate(id: string, body?: unknown): Promise<CreatedApiKey> {
  return createdApiKeySchema.parse(await (await act(id, 'rotate', body)).json());
}

async function listed(query: string): Promise<ApiKey[]> {
  const page: { data: unknown[] } = await (await callAdmin('GET', `/admin/keys?${query}`)).json();
  return page.data.map((key) => apiKeySchema.parse(key));
}

describe('a rotated key', () => {
  it('has a new secret, shown once; the former one works for a day, when nothing else is asked for', async ({
    expect,
  }) => {
    const { id, key: former } = await createKey((await createUser()).id);
    const { key: current, ...rotated } = await rotate(id);
    expect(current).not.toBe(former);
    expect(current.slice(0, 19)).toBe(former.slice(0, 19));
    for (const text of [former, current]) expect(await presentKey(text)).toMatchObject({ admitted: true });
    const [secret] = rotated.grace_secrets;
    expect((secret?.ends_at ?? 0) - rotated.rotated_at).toBe(DAY);
    for (const text of [JSON.stringify(await readKey(id)), JSON.stringify(await listed(`q=${id}`))]) {
      expect(text).not.toContain(current.slice(20));
      expect(text).toContain('"ends_at"');
    }
  });

  it('with a grace of 0 has no other secret from the moment of the answer', async ({ expect }) => {
    const { id, key: former } = await createKey((await createUser()).id);
    expect(await presentKey(former)).toMatchObject({ admitted: true });
    const { key: current, grace_secrets } = await rotate(id, { grace_seconds: 0 });
    expect(await presentKey(former)).toMatchObject({ admitted: false });
    expect(await presentKey(current)).toMatchObject({ admitted: true });
    expect(grace_secrets).toEqual([]);
  });

  it('loses its former secrets when the rotation is finished', async ({ expect }) => {
    const { id, key: first } = await createKey((await createUser()).id);
    const { key: second } = await rotate(id, { grace_seconds: DAY });
    const { key: third } = await rotate(id, { grace_seconds: DAY });
    const finished = apiKeySchema.parse(await (await act(id, 'finish-rotation')).json());
    expect(finished.grace_secrets).toEqual([]);
    for (const text of [first, second]) expect(await presentKey(text)).toMatchObject({ admitted: false });
    expect(await presentKey(third)).toMatchObject({ admitted: true });
    expect((await act(id, 'finish-rotation')).status).toBe(200);
  });

  it('is no longer due', async ({ expect }) => {
    const user = await createUser();
    const { id } = await createKey(user.id, { rotate_after: DAY });
    expect(await readKey(id)).toMatchObject({ rotation_due: false, rotate_after: DAY });
    const { rotated_at, rotation_due_at } = await rotate(id);
    expect(rotation_due_at).toBe(rotated_at + DAY);
    expect((await listed(`user_id=${user.id}&rotation_due=false`)).map((key) => key.id)).toEqual([id]);
    expect(await listed(`user_id=${user.id}&rotation_due=true`)).toEqual([]);
  });

  it.for([
    ['a grace of more than a year', { grace_seconds: 367 * DAY }, 400, 'grace_seconds'],
    ['a negative grace', { grace_seconds: -1 }, 400, 'grace_seconds'],
    ['a misspelt field', { grace_second: 1 }, 400, 'grace_second'],
  ] as const)('is none after %s', async ([, body, status, param], { expect }) => {
    const { id, key } = await createKey((await createUser()).id);
    const response = await act(id, 'rotate', body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { param } });
    expect(await presentKey(key)).toMatchObject({ admitted: true });
    expect((await readKey(id)).grace_secrets).toEqual([]);
  });

  it('is none when it is revoked, or has too many secrets: 409, and what works goes on working', async ({ expect }) => {
    const user = await createUser();
    const revoked = await createKey(user.id);
    await act(revoked.id, 'revoke');
    const { id } = await createKey(user.id);
    let last = await rotate(id);
    for (let count = 1; count < 8; count++) last = await rotate(id);
    for (const response of [await act(revoked.id, 'rotate'), await act(id, 'rotate')]) {
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ error: { code: 'conflict' } });
    }
    expect(await presentKey(last.key)).toMatchObject({ admitted: true });
  });
});

describe('a disabled key', () => {
  it('has no call let in from the moment of the answer, until it is enabled', async ({ expect }) => {
    const { id, key } = await createKey((await createUser()).id);
    expect(await presentKey(key)).toMatchObject({ admitted: true });
    const disabled = apiKeySchema.parse(await (await act(id, 'disable')).json());
    expect(await presentKey(key)).toEqual({ admitted: false, reason: 'key_disabled' });
    expect([disabled.status, typeof disabled.disabled_at]).toEqual(['disabled', 'number']);
    const enabled = apiKeySchema.parse(await (await act(id, 'enable')).json());
    expect([enabled.status, enabled.disabled_at]).toEqual(['active', null]);
    expect(await presentKey(key)).toMatchObject({ admitted: true });
  });

  it('is found by its status; a revoked one is neither disabled nor enabled any more', async ({ expect }) => {
    const user = await createUser();
    const { id } = await createKey(user.id);
    await createKey(user.id);
    await act(id, 'disable');
    expect((await listed(`user_id=${user.id}&status=disabled`)).map((key) => key.id)).toEqual([id]);
    await act(id, 'revoke');
    expect(await listed(`user_id=${user.id}&status=disabled`)).toEqual([]);
    expect((await listed(`user_id=${user.id}&status=revoked`)).map((key) => key.id)).toEqual([id]);
    for (const verb of ['disable', 'enable']) expect((await act(id, verb)).status).toBe(409);
  });
});

it('an act on a key that is not there is answered 404', async ({ expect }) => {
  for (const verb of ['revoke', 'disable', 'enable', 'rotate', 'finish-rotation']) {
    expect((await act('Nobody00Nothing0', verb)).status, verb).toBe(404);
  }
});

describe('the settings of a key', () => {
  const limits = { requests_per_minute: 10, models: { a: { tokens_per_day: 5 } } };
  const settings = { models: ['a', 'b'], scopes: ['chat'], addresses: ['10.0.0.0/8'], limits, rotate_after: DAY };

  it('are shown and listed as they were set, and changed one by one', async ({ expect }) => {
    const user = await createUser();
    const { id } = await createKey(user.id, settings);
    expect(await readKey(id)).toMatchObject(settings);
    expect(await listed(`user_id=${user.id}`)).toMatchObject([settings]);
    const cleared = { scopes: null, addresses: null, limits: null, rotate_after: null };
    for (const [name, value] of Object.entries(cleared)) {
      const changed = await callAdmin('PATCH', `/admin/keys/${id}`, { [name]: value });
      expect(await changed.json(), name).toMatchObject({ [name]: value });
    }
    expect(await readKey(id)).toMatchObject({ ...cleared, models: ['a', 'b'], rotation_due_at: null });
  });

  it.for([
    ['addresses[0]', { addresses: ['10.0.0.0/40'] }],
    ['scopes', { scopes: ['chat', 'chat'] }],
    ['limits.requests_per_minute', { limits: { requests_per_minute: 10, requests_per_day: 5 } }],
    ['limits.models.c', { models: ['a'], limits: { models: { c: { requests_per_day: 1 } } } }],
    ['metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, place) => [`m${place}`, 'x'])) }],
    ['rotate_after', { rotate_after: 60 }],
  ] as const)('that make no sense are refused by name: %s', async ([param, fields], { expect }) => {
    const { id } = await createKey((await createUser()).id);
    const response = await callAdmin('PATCH', `/admin/keys/${id}`, fields);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });

  it('cannot limit a model that the key may not use, in two steps either', async ({ expect }) => {
    const { id } = await createKey((await createUser()).id, { models: ['a'] });
    const response = await callAdmin('PATCH', `/admin/keys/${id}`, {
      limits: { models: { c: { requests_per_day: 1 } } },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_value', param: 'limits' } });
  });
});
