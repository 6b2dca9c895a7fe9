// A viewer reads everything and changes nothing; a route that somebody adds is held to it too.
import { describe, it } from 'vitest';
import { routes } from '../../../worker/src/routes/routes.ts';
import { callAdmin, createAdminToken, createUser } from '../admin-api.ts';

const adminRoutes = routes.filter(({ access }) => access === 'admin');

describe('the role viewer', () => {
  it('gets 403 from every route that changes something, before anything else is looked at', async ({ expect }) => {
    const { token } = await createAdminToken('viewer');
    const changing = adminRoutes.filter(({ method }) => method !== 'GET');
    expect(changing.length).toBeGreaterThan(10);
    for (const { method, path } of changing) {
      const response = await callAdmin(method, path.replace(':id', 'Nobody00'), { nonsense: true }, token);
      expect(response.status, `${method} ${path}`).toBe(403);
      expect(await response.json()).toMatchObject({ error: { code: 'insufficient_permissions' } });
    }
  });

  it('reads every route that reads', async ({ expect }) => {
    const { token } = await createAdminToken('viewer');
    const { id } = await createUser();
    for (const { path } of adminRoutes.filter(({ method }) => method === 'GET')) {
      const { status } = await callAdmin(
        'GET',
        path.replace(':id', path.includes('keys') ? 'Nobody00Nothing0' : id),
        undefined,
        token,
      );
      expect([200, 404], path).toContain(status);
    }
  });

  it('is no way around: what a viewer tried has changed nothing', async ({ expect }) => {
    const { token } = await createAdminToken('viewer');
    const user = await createUser();
    await callAdmin('PATCH', `/admin/users/${user.id}`, { disabled: true }, token);
    await callAdmin('DELETE', `/admin/users/${user.id}`, undefined, token);
    await callAdmin('POST', '/admin/tokens', { name: 'more', role: 'admin' }, token);
    expect(await (await callAdmin('GET', `/admin/users/${user.id}`)).json()).toEqual(user);
  });
});
