import { runInDurableObject } from 'cloudflare:test';
import { it } from 'vitest';
import { renderMetrics } from '../../../worker/src/routes/render-metrics.ts';
import { callAdmin, createKey, createUser } from '../admin-api.ts';
import { registry, registryObject, sumOf, usageOf } from '../registry/registry-requests.ts';

/** Prometheus's line: a name, labels, a number. */
const SAMPLE = /^[a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})? \d+(?:\.\d+)?$/;

async function read(): Promise<string> {
  const response = await callAdmin('GET', '/admin/metrics');
  if (response.headers.get('content-type') !== 'text/plain; version=0.0.4; charset=utf-8')
    throw new Error('no metrics');
  return response.text();
}

it('the metrics tell of users, keys by status, and usage by model, in the form that Prometheus reads', async ({
  expect,
}) => {
  const user = await createUser();
  await callAdmin('PATCH', `/admin/users/${(await createUser()).id}`, { disabled: true });
  const [active, due, disabled, expired, revoked] = await Promise.all(
    Array.from({ length: 5 }, () => createKey(user.id, { rotate_after: 86_400 })),
  );
  await callAdmin('POST', `/admin/keys/${disabled!.id}/disable`);
  await callAdmin('POST', `/admin/keys/${revoked!.id}/revoke`);
  await runInDurableObject(registryObject(), (_object, { storage }) => {
    const update = (column: string, id: string) => storage.sql.exec(`UPDATE keys SET ${column} = 1 WHERE id = ?`, id);
    update('rotation_due_at', due!.id);
    update('rotation_due_at', revoked!.id);
    update('expires_at', expired!.id);
  });
  const usage = { promptTokens: 10, cachedTokens: 4, completionTokens: 7, errors: { node_offline: 1 } };
  await registry().applyProjections(
    user.id,
    usageOf([sumOf({ hour: 0, keyId: active!.id, model: 'm', calls: 3, ...usage })]),
  );

  const lines = (await read()).split('\n');
  for (const line of [
    'hearthkey_users 2',
    'hearthkey_users_disabled 1',
    'hearthkey_keys{status="active"} 2',
    'hearthkey_keys{status="disabled"} 1',
    'hearthkey_keys{status="expired"} 1',
    'hearthkey_keys{status="revoked"} 1',
    'hearthkey_keys_rotation_due 1',
    'hearthkey_calls_total{model="m"} 3',
    'hearthkey_tokens_total{model="m",kind="prompt"} 10',
    'hearthkey_tokens_total{model="m",kind="cached"} 4',
    'hearthkey_tokens_total{model="m",kind="completion"} 7',
    'hearthkey_errors_total{model="m",code="node_offline"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  expect(lines.at(-1)).toBe('');
  for (const line of lines.slice(0, -1)) if (!line.startsWith('# ')) expect(line).toMatch(SAMPLE);
});

it('a name that a caller chose cannot break a line', ({ expect }) => {
  const sum = sumOf({ hour: 0, keyId: '', model: '', calls: 1 });
  const text = renderMetrics({
    users: 0,
    disabledUsers: 0,
    keysByStatus: { active: 0, disabled: 0, expired: 0, revoked: 0 },
    keysDueForRotation: 0,
    usageByModel: { 'a"} 1\nb\\': sum },
  });
  expect(text).toContain('hearthkey_calls_total{model="a\\"} 1\\nb\\\\"} 1\n');
});
