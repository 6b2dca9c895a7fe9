import { runInDurableObject } from 'cloudflare:test';
import { describe, it } from 'vitest';
import {
  adminNodeListSchema,
  adminNodeSchema,
  newAdminNodeSchema,
  type NewAdminNode,
} from '../../../protocol/admin/admin-node.ts';
import { parseCredential, randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { callAdmin, createAdminToken } from '../admin-api.ts';
import { testNode } from '../test-gateway.ts';
import { registry, registryObject } from '../registry/registry-requests.ts';

const HOUR = 3_600;
const WORKS = (nodeId: string) => ({ nodeId });

async function add(id: string): Promise<NewAdminNode> {
  return newAdminNodeSchema.parse(await (await callAdmin('POST', '/admin/nodes', { id })).json());
}

async function rotate(id: string, body?: unknown): Promise<string> {
  return newAdminNodeSchema.parse(await (await callAdmin('POST', `/admin/nodes/${id}/rotate`, body)).json()).token;
}

/** Those that were added. */
async function list() {
  const { data } = adminNodeListSchema.parse(await (await callAdmin('GET', '/admin/nodes')).json());
  return data.filter(({ configured }) => !configured);
}

async function owner(token: string): Promise<{ nodeId: string } | null> {
  return registry().authenticateNode(await sha256(token));
}

describe('a node', () => {
  it('has its token shown once, is known by it at once, and is listed without it', async ({ expect }) => {
    const { token, ...created } = await add('listed');
    expect(parseCredential(token)?.kind).toBe('node-token');
    expect(await owner(token)).toEqual(WORKS('listed'));
    const nodes = await list();
    expect(nodes).toContainEqual({ ...created, last_used_at: expect.any(Number) as number });
    expect(JSON.stringify(nodes)).not.toContain(token.slice(22));
  });

  it('has an id that no other one has, until it is removed: then its token is worthless', async ({ expect }) => {
    const { token } = await add('only-one');
    const again = await callAdmin('POST', '/admin/nodes', { id: 'only-one' });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ error: { code: 'conflict', param: 'id' } });
    const removed = await callAdmin('DELETE', '/admin/nodes/only-one');
    expect(await removed.json()).toEqual({ object: 'node', id: 'only-one', deleted: true });
    expect(await owner(token)).toBeNull();
    const { token: next } = await add('only-one');
    expect([await owner(token), await owner(next)]).toEqual([null, WORKS('only-one')]);
  });

  it('whose token is rotated keeps the former one for the grace that is given, and no other', async ({ expect }) => {
    const { token: first } = await add('rotated');
    const second = await rotate('rotated');
    expect([await owner(first), await owner(second)]).toEqual([null, WORKS('rotated')]);
    const third = await rotate('rotated', { grace_seconds: HOUR });
    expect([await owner(second), await owner(third)]).toEqual([WORKS('rotated'), WORKS('rotated')]);
    const fourth = await rotate('rotated', { grace_seconds: HOUR });
    expect([await owner(second), await owner(third)]).toEqual([null, WORKS('rotated')]);
    await runInDurableObject(registryObject(), (_object, { storage }) => {
      storage.sql.exec(`UPDATE nodes SET former_ends_at = unixepoch() WHERE id = 'rotated'`);
    });
    expect([await owner(third), await owner(fourth)]).toEqual([null, WORKS('rotated')]);
  });

  it('tells how fast its models write, or that it does not say: nodes of before do not', async ({ expect }) => {
    const id = `fast-${randomId()}`;
    const node = await testNode(id);
    await node.setState({ models: ['echo'] });
    const speeds = async (method: string, path: string, body?: unknown): Promise<unknown[]> => {
      const { live } = adminNodeSchema.parse(await (await callAdmin(method, path, body)).json());
      return live.models.map(({ tokens_per_second: speed }) => speed);
    };
    expect(await speeds('POST', '/admin/nodes', { id, origin: node.origin })).toEqual([null]);
    await node.setState({ tokensPerSecond: 41.5 });
    expect(await speeds('GET', `/admin/nodes/${id}`)).toEqual([41.5]);
    await callAdmin('DELETE', `/admin/nodes/${id}`);
  });

  it('that is not there is neither rotated nor removed', async ({ expect }) => {
    for (const [method, path] of [
      ['POST', '/admin/nodes/nobody/rotate'],
      ['DELETE', '/admin/nodes/nobody'],
    ] as const) {
      const response = await callAdmin(method, path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    }
  });

  it.for([
    ['no id', {}, 'id'],
    ['an id that could be a path', { id: '../x' }, 'id'],
    ['an unknown field', { id: 'x', role: 'admin' }, 'role'],
  ] as const)('with %s is refused', async ([, body, param], { expect }) => {
    const response = await callAdmin('POST', '/admin/nodes', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });

  it('is given a token by an admin only, and each act is in the audit log', async ({ expect }) => {
    const viewer = await createAdminToken('viewer');
    expect((await callAdmin('POST', '/admin/nodes', { id: 'audited' }, viewer.token)).status).toBe(403);
    await add('audited');
    await rotate('audited');
    await callAdmin('DELETE', '/admin/nodes/audited');
    const log = await (await callAdmin('GET', '/admin/audit?limit=3')).text();
    const { data } = JSON.parse(log) as { data: { action: string; target: string }[] };
    expect(data.map(({ action, target }) => `${action} ${target}`).sort()).toEqual([
      'node.create audited',
      'node.delete audited',
      'node.rotate audited',
    ]);
  });
});

it('there are at most 100 nodes', async ({ expect }) => {
  const free = 100 - (await list()).length;
  for (let count = 0; count < free; count++) await add(`node-${count}`);
  expect((await callAdmin('POST', '/admin/nodes', { id: 'one-too-many' })).status).toBe(409);
  expect(await list()).toHaveLength(100);
  await callAdmin('DELETE', '/admin/nodes/node-0');
  expect((await callAdmin('POST', '/admin/nodes', { id: 'just-enough' })).status).toBe(200);
});
