import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { it, vi } from 'vitest';
import { createdApiKeySchema } from '../../protocol/admin/admin-key.ts';
import { newAdminNodeSchema } from '../../protocol/admin/admin-node.ts';
import { newAdminTokenSchema } from '../../protocol/admin/admin-token.ts';
import { callAdmin, createAdminToken, createKey, createUser } from './admin-api.ts';
import { presentKey } from './present-key.ts';
import { TEST_ADMIN_TOKEN, TEST_KEY_CHECK_SECRET } from './test-bindings.ts';

/** Everything that an object stores, as text. */
function dump(sql: SqlStorage): string {
  const tables = sql
    .exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    )
    .toArray();
  return JSON.stringify(tables.map(({ name }) => [name, sql.exec(`SELECT * FROM "${name}"`).toArray()]));
}

async function dumpEverything(): Promise<string> {
  const parts: string[] = [];
  for (const namespace of [env.ACCOUNT, env.REGISTRY] as DurableObjectNamespace[]) {
    for (const id of await listDurableObjectIds(namespace)) {
      parts.push(await runInDurableObject(namespace.get(id), (_object, state) => dump(state.storage.sql)));
    }
  }
  for (const { name } of (await env.KEYS.list()).keys) parts.push(name, (await env.KEYS.get(name)) ?? '');
  return parts.join('\n');
}

it('no secret lies in any object or in KV, in whole or in part', async ({ expect }) => {
  const user = await createUser();
  const created = await createKey(user.id);
  await presentKey(created.key);
  const revoked = await createKey(user.id);
  await callAdmin('POST', `/admin/keys/${revoked.id}/revoke`);
  const rotated = createdApiKeySchema.parse(await (await callAdmin('POST', `/admin/keys/${created.id}/rotate`)).json());
  await presentKey(rotated.key);
  const viewer = await createAdminToken('viewer');
  const again = await callAdmin('POST', `/admin/tokens/${viewer.id}/rotate`, { grace_seconds: 60 });
  const { token: rotatedToken } = newAdminTokenSchema.parse(await again.json());
  const node = newAdminNodeSchema.parse(await (await callAdmin('POST', '/admin/nodes', { id: 'secretive' })).json());
  const bearer = 'sk-thebearerofanotherserver_AbCdEfGhIjKlMnOpQrStUvWx';
  await callAdmin('POST', '/admin/nodes', { id: 'foreign-node', openai: 'http://127.0.0.1:9', bearer });
  await vi.waitFor(async () => {
    expect((await env.KEYS.list()).keys.length).toBeGreaterThan(0);
  });
  const reset = newAdminTokenSchema.parse(await (await callAdmin('POST', '/admin/token/reset')).json());

  const stored = await dumpEverything();
  // The dump does show what there is.
  expect(stored).toContain(created.id);
  expect(stored).toContain('bootstrap_digest');
  expect(stored).toContain('secretive');
  expect(stored).toContain('foreign-node');
  const keys = [created.key, revoked.key, rotated.key, bearer];
  for (const secret of [...keys, node.token, viewer.token, rotatedToken, reset.token, TEST_ADMIN_TOKEN]) {
    expect(stored).not.toContain(secret);
    const randomPart = secret.slice(secret.lastIndexOf('_') + 1);
    for (let start = 0; start + 12 <= randomPart.length; start++) {
      expect(stored).not.toContain(randomPart.slice(start, start + 12));
    }
  }
  expect(stored).not.toContain(TEST_KEY_CHECK_SECRET);
});
