import { describe, it } from 'vitest';
import { auditPageSchema, auditVerificationSchema } from '../../../protocol/admin/audit.ts';
import { callAdmin, createAdminToken, createKey, createUser } from '../admin-api.ts';
import { testGateway } from '../test-gateway.ts';

async function entries(query = '') {
  return auditPageSchema.parse(await (await callAdmin('GET', `/admin/audit?${query}`)).json()).data;
}

describe('the audit log', () => {
  it('tells of every act through the API: who, from where, in which request', async ({ expect }) => {
    const { id: tokenId, token } = await createAdminToken('admin', 'the auditor');
    const gateway = testGateway({ CLIENT_ADDRESS_TRUST: 'proxy' });
    const response = await gateway.send('/admin/users', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.9',
      },
      body: JSON.stringify({ name: 'audited' }),
    });
    const user: { id: string } = await response.json();
    expect((await entries('limit=1'))[0]).toMatchObject({
      chain: 'registry',
      action: 'user.create',
      target: user.id,
      actor: {
        token_id: tokenId,
        token_name: 'the auditor',
        address: '203.0.113.9',
        request_id: response.headers.get('x-request-id'),
      },
    });
  });

  it('names no address where nobody is believed about it', async ({ expect }) => {
    const gateway = testGateway({ CLIENT_ADDRESS_TRUST: 'none' });
    const { token } = await createAdminToken('admin');
    await gateway.send('/admin/users', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.9',
      },
      body: JSON.stringify({ name: 'from nowhere' }),
    });
    expect((await entries('limit=1'))[0]?.actor.address).toBeNull();
  });

  it("has a user's keys in a chain of its own, every act once, with no secret in it", async ({ expect }) => {
    const user = await createUser();
    const { id, key } = await createKey(user.id);
    const rotated: { key: string } = await (await callAdmin('POST', `/admin/keys/${id}/rotate`)).json();
    for (const verb of ['finish-rotation', 'disable', 'enable', 'revoke', 'revoke']) {
      await callAdmin('POST', `/admin/keys/${id}/${verb}`);
    }
    const chain = await entries(`chain=${user.id}&limit=100`);
    expect(chain.map(({ action }) => action)).toEqual([
      'key.revoke',
      'key.enable',
      'key.disable',
      'key.finish_rotation',
      'key.rotate',
      'key.create',
    ]);
    for (const entry of chain) expect(entry).toMatchObject({ chain: user.id, target: id, actor: { token_id: 'root' } });
    for (const secret of [key, rotated.key]) expect(JSON.stringify(chain)).not.toContain(secret.slice(20));
    expect((await entries('limit=1'))[0]?.target).toBe(user.id);
  });

  it('is verified through the API', async ({ expect }) => {
    const user = await createUser();
    await createKey(user.id);
    for (const chain of ['registry', user.id]) {
      const response = await callAdmin('GET', `/admin/audit/verify?chain=${chain}`);
      expect(auditVerificationSchema.parse(await response.json())).toMatchObject({ chain, problems: [] });
    }
  });

  it.for([
    ['/admin/audit?chain=Nobody00', 404],
    ['/admin/audit/verify?chain=Nobody00', 404],
    ['/admin/audit?chain=nonsense%20it%20is', 400],
    ['/admin/audit?before=0', 400],
    ['/admin/audit?limit=1000', 400],
  ] as const)('%s is answered %i', async ([path, status], { expect }) => {
    expect((await callAdmin('GET', path)).status).toBe(status);
  });
});
