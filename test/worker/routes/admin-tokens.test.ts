import { runInDurableObject } from 'cloudflare:test';
import { describe, it } from 'vitest';
import { adminTokenListSchema, newAdminTokenSchema, type AdminToken } from '../../../protocol/admin/admin-token.ts';
import { callAdmin, createAdminToken } from '../admin-api.ts';
import { registryObject } from '../registry/registry-requests.ts';
import { TEST_ADMIN_TOKEN } from '../test-bindings.ts';

const HOUR = 3_600;

async function list(): Promise<AdminToken[]> {
  return adminTokenListSchema.parse(await (await callAdmin('GET', '/admin/tokens')).json()).data;
}

async function status(token: string): Promise<number> {
  return (await callAdmin('GET', '/admin/users', undefined, token)).status;
}

async function rotate(id: string, body?: unknown, token?: string): Promise<string> {
  const response = await callAdmin('POST', `/admin/tokens/${id}/rotate`, body, token);
  return newAdminTokenSchema.parse(await response.json()).token;
}

/** As if the grace of a token's former secret had ended a moment ago. */
async function endGrace(id: string): Promise<void> {
  await runInDurableObject(registryObject(), (_object, { storage }) => {
    storage.sql.exec('UPDATE admin_tokens SET former_ends_at = unixepoch() WHERE id = ?', id);
  });
}

describe('an admin token', () => {
  it('is shown once, works at once, and is listed without its secret', async ({ expect }) => {
    const { token, ...created } = await createAdminToken('admin', 'ci');
    expect(await status(token)).toBe(200);
    const tokens = await list();
    expect(tokens[0]).toMatchObject({ id: 'root', name: 'root', role: 'admin' });
    expect(tokens.at(-1)).toEqual({ ...created, last_used_at: expect.any(Number) as number });
    expect(JSON.stringify(tokens)).not.toContain(token.slice(22));
  });

  it('has a name that no other one has, until it is revoked', async ({ expect }) => {
    const { id, token } = await createAdminToken('viewer', 'the only one');
    for (const name of ['the only one', 'root']) {
      const response = await callAdmin('POST', '/admin/tokens', { name, role: 'admin' });
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ error: { code: 'conflict', param: 'name' } });
    }
    const revoke = () => callAdmin('POST', `/admin/tokens/${id}/revoke`);
    const answers = [await (await revoke()).json(), await (await revoke()).json()];
    expect(answers).toEqual([{ object: 'admin_token', id, revoked: true }, answers[0]]);
    expect(await status(token)).toBe(401);
    expect((await list()).map((listed) => listed.id)).not.toContain(id);
    await createAdminToken('viewer', 'the only one');
    expect((await callAdmin('POST', `/admin/tokens/${id}/rotate`)).status).toBe(404);
  });

  it('that is rotated stops at once, unless a grace is given', async ({ expect }) => {
    const { id, token: first } = await createAdminToken('admin');
    const second = await rotate(id);
    expect([await status(first), await status(second)]).toEqual([401, 200]);
    const third = await rotate(id, { grace_seconds: HOUR });
    expect([await status(second), await status(third)]).toEqual([200, 200]);
    const listed = (await list()).find((token) => token.id === id);
    expect((listed?.former_ends_at ?? 0) - (listed?.created_at ?? 0)).toBe(HOUR);
    await endGrace(id);
    expect([await status(second), await status(third)]).toEqual([401, 200]);
    expect((await list()).find((token) => token.id === id)?.former_ends_at).toBeNull();
  });

  it('that is rotated again has one former secret, the last one', async ({ expect }) => {
    const { id, token: first } = await createAdminToken('admin');
    const second = await rotate(id, { grace_seconds: HOUR });
    const third = await rotate(id, { grace_seconds: HOUR });
    expect([await status(first), await status(second), await status(third)]).toEqual([401, 200, 200]);
    await callAdmin('POST', `/admin/tokens/${id}/revoke`);
    expect([await status(second), await status(third)]).toEqual([401, 401]);
  });

  it('keeps its id and its role in every rotation', async ({ expect }) => {
    const { id } = await createAdminToken('viewer', 'a viewer for good');
    const token = await rotate(id);
    expect((await callAdmin('POST', '/admin/users', { name: 'x' }, token)).status).toBe(403);
    expect((await list()).find((listed) => listed.id === id)).toMatchObject({
      name: 'a viewer for good',
      role: 'viewer',
    });
  });

  it.for([
    ['no role', { name: 'x' }, 'role'],
    ['an unknown role', { name: 'x', role: 'owner' }, 'role'],
    ['no name', { role: 'admin' }, 'name'],
    ['an unknown field', { name: 'x', role: 'admin', scope: 'all' }, 'scope'],
  ] as const)('with %s is refused', async ([, body, param], { expect }) => {
    const response = await callAdmin('POST', '/admin/tokens', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });
});

describe('the root token', () => {
  it('is rotated by any admin and never revoked', async ({ expect }) => {
    const { token: other } = await createAdminToken('admin');
    const refused = await callAdmin('POST', '/admin/tokens/root/revoke', undefined, other);
    expect(refused.status).toBe(409);
    expect(await status(TEST_ADMIN_TOKEN)).toBe(200);
    const root = await rotate('root', { grace_seconds: HOUR }, other);
    expect([await status(TEST_ADMIN_TOKEN), await status(root)]).toEqual([200, 200]);
    // The former secret cannot reset what has replaced it.
    expect((await callAdmin('POST', '/admin/token/reset')).status).toBe(401);
    expect(await status(root)).toBe(200);
  });

  it('is reset by itself alone', async ({ expect }) => {
    const { token } = await createAdminToken('admin');
    const response = await callAdmin('POST', '/admin/token/reset', undefined, token);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'insufficient_permissions' } });
  });
});

it('there are at most 100 admin tokens', async ({ expect }) => {
  const free = 100 - (await list()).length;
  for (let count = 0; count < free; count++) await createAdminToken('viewer');
  const response = await callAdmin('POST', '/admin/tokens', { name: 'one too many', role: 'viewer' });
  expect(response.status).toBe(409);
  expect(await list()).toHaveLength(100);
  const id = (await list()).at(-1)?.id ?? '';
  await callAdmin('POST', `/admin/tokens/${id}/revoke`);
  expect((await callAdmin('POST', '/admin/tokens', { name: 'just enough', role: 'viewer' })).status).toBe(200);
});
