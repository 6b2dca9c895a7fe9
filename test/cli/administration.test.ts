// Guarantee: the commands do over a running gateway what their names say, in the words of the admin API; secrets are printed by
// the command that made them and by no other.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiKey, CreatedApiKey } from '../../protocol/admin/admin-key.ts';
import type { NewAdminNode } from '../../protocol/admin/admin-node.ts';
import type { NewAdminToken } from '../../protocol/admin/admin-token.ts';
import type { User } from '../../protocol/admin/admin-user.ts';
import { startProduct, type Product } from '../conformance/product.ts';
import { hearthkey, type CommandResult } from './hearthkey.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

/** What the command prints for people. */
async function shown(...args: string[]): Promise<string> {
  const result = await hearthkey([...args, '--state', product.state]);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return result.stdout;
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse(await shown(...args, '--json')) as T;
}

async function refused(...args: string[]): Promise<string> {
  const result = await hearthkey([...args, '--state', product.state]);
  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.stderr).toMatch(/^hearthkey: [^\n]+\n$/);
  return result.stderr;
}

async function predict(key: string, model = 'tiny-llama'): Promise<number> {
  const response = await fetch(`${product.gateway}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ input: 'What is a key?', model, max_tokens: 4 }),
  });
  await response.text();
  return response.status;
}

describe('users', () => {
  it('are made, found by a part and by the whole of their name, changed and deleted', async () => {
    const quotas = ['--quota', 'requests-per-minute=60', '--quota', 'tokens-per-day=9@tiny-llama'];
    const alice = await json<User>('users', 'create', '--name', 'alice', '--external-id', 'a-1', ...quotas);
    expect(alice.limits).toEqual({ requests_per_minute: 60, models: { 'tiny-llama': { tokens_per_day: 9 } } });
    await shown('users', 'create', '--name', 'alice 2');
    expect(await json('users', 'list', '--search', 'ALICE')).toMatchObject({
      data: [{ name: 'alice 2' }, { name: 'alice' }],
    });
    expect(await json('users', 'list', '--external-id', 'a-1')).toMatchObject({ data: [{ id: alice.id }] });
    const text = await shown('users', 'show', 'alice');
    expect(text).toContain(alice.id);
    expect(text).toContain('requests-per-minute=60\n');
    expect(text).toContain('tokens-per-day=9@tiny-llama\n');
    const changed = await json('users', 'update', 'alice', '--no-quotas', '--no-external-id', '--name', 'al');
    expect(changed).toMatchObject({ id: alice.id, name: 'al', limits: null, external_id: null });
    expect(await json('users', 'disable', 'al')).toMatchObject({ disabled: true });
    expect(await json('users', 'enable', 'al')).toMatchObject({ disabled: false });
    expect(await json('users', 'delete', 'al')).toEqual({ object: 'user', id: alice.id, deleted: true });
    expect(await refused('users', 'show', 'al')).toContain('users list');
  });

  it('are pushed by another system again and again', async () => {
    const upsert = ['users', 'upsert', '--external-id', 'crm-7', '--name'];
    const first = await json<User>(...upsert, 'carol', '--quota', 'parallel-requests=3');
    const second = await json<User>(...upsert, 'caroline', '--disable');
    expect(second).toEqual({ ...first, name: 'caroline', disabled: true });
  });
});

describe('keys', () => {
  let owner: User;

  beforeAll(async () => {
    owner = await json<User>('users', 'create', '--name', 'owner');
  });

  async function createKey(...flags: string[]): Promise<CreatedApiKey> {
    return json('keys', 'create', '--user', 'owner', '--name', 'k', ...flags);
  }

  it('have every setting of the API, shown as the flags say it', async () => {
    const flags = ['--model', 'tiny-llama', '--scope', 'predict', '--scope', 'models', '--address', '10.0.0.0/8'];
    const more = ['--quota', 'tokens-per-day=99', '--rotate-after', '90d', '--expires', '2100-01-01'];
    const key = await createKey(...flags, ...more, '--metadata', 'team=blue');
    expect(key).toMatchObject({
      user_id: owner.id,
      models: ['tiny-llama'],
      scopes: ['predict', 'models'],
      addresses: ['10.0.0.0/8'],
      limits: { tokens_per_day: 99 },
      rotate_after: 90 * 86_400,
      expires_at: Date.UTC(2100, 0, 1) / 1000,
      metadata: { team: 'blue' },
    });
    const text = await shown('keys', 'show', key.prefix);
    for (const part of [
      'tiny-llama',
      'predict models',
      '10.0.0.0/8',
      'tokens-per-day=99',
      '90d',
      '2100-01-01',
      'team=blue',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain(key.key);
    const free = ['--all-models', '--all-scopes', '--any-address', '--no-quotas', '--no-metadata'];
    expect(
      await json('keys', 'update', key.id, ...free, '--expires', 'never', '--rotate-after', 'never'),
    ).toMatchObject({
      models: null,
      scopes: null,
      addresses: null,
      limits: null,
      metadata: {},
      expires_at: null,
      rotate_after: null,
    });
    expect(await predict(key.key)).toBe(200);
  });

  it('are stopped, let go again and revoked, at once; and found by what they are', async () => {
    const key = await createKey();
    expect(await json('keys', 'disable', key.id)).toMatchObject({ status: 'disabled' });
    expect(await predict(key.key)).toBe(401);
    expect(await json('keys', 'list', '--status', 'disabled', '--user', 'owner')).toMatchObject({
      data: [{ id: key.id }],
    });
    expect(await json('keys', 'enable', key.id)).toMatchObject({ status: 'active' });
    expect(await predict(key.key)).toBe(200);
    expect(await refused('users', 'delete', 'owner')).toContain('key');
    expect(await json('keys', 'revoke', key.id)).toMatchObject({ status: 'revoked' });
    expect(await predict(key.key)).toBe(401);
    expect(await refused('keys', 'rotate', key.id)).toContain('revoked');
    expect(await json('keys', 'list', '--search', key.id.slice(8))).toMatchObject({ data: [{ id: key.id }] });
  });

  it('are rotated: both secrets work until the grace ends, or is ended', async () => {
    const { id, key: first } = await createKey();
    const text = await shown('keys', 'rotate', id, '--grace', '2h');
    const second = /^(hk_\w+)\n/.exec(text)?.[1] ?? '';
    expect(second).not.toBe(first);
    expect(text).toContain(`hearthkey keys rotate hk_${id} --finish`);
    expect([await predict(first), await predict(second)]).toEqual([200, 200]);
    const { grace_secrets: former } = await json<ApiKey>('keys', 'show', id);
    expect(former).toHaveLength(1);
    expect(await shown('keys', 'list')).toContain('former secret until');
    expect(await shown('keys', 'show', id)).toContain('works until');
    expect(await json('keys', 'rotate', id, '--finish')).toMatchObject({ grace_secrets: [] });
    expect([await predict(first), await predict(second)]).toEqual([401, 200]);
    const { key: third } = await json<CreatedApiKey>('keys', 'rotate', id, '--grace', '0');
    expect([await predict(second), await predict(third)]).toEqual([401, 200]);
  });

  it('are compared with their index', async () => {
    const sums = await json<Record<string, number>>('keys', 'reconcile', '--dry-run');
    expect(sums).toMatchObject({ dry_run: true, missing: 0 });
    expect(sums['users']).toBeGreaterThan(1);
    expect(await shown('keys', 'reconcile')).toContain('looked at');
  });
});

describe('admin tokens', () => {
  async function as(token: string, ...args: string[]): Promise<CommandResult> {
    return hearthkey([...args, '--state', product.state], { env: { HEARTHKEY_ADMIN_TOKEN: token } });
  }

  it('have roles, and are rotated and revoked by name', async () => {
    const created = await json<NewAdminToken>('admin', 'tokens', 'create', '--name', 'watch', '--role', 'viewer');
    expect(await as(created.token, 'keys', 'list')).toMatchObject({ exitCode: 0 });
    expect(await as(created.token, 'users', 'create', '--name', 'x')).toMatchObject({ exitCode: 1, stdout: '' });
    const text = await shown('admin', 'tokens', 'rotate', 'watch', '--grace', '1h');
    const rotated = /^(hka_\w+)\n/.exec(text)?.[1] ?? '';
    expect(text).toContain('works until');
    for (const token of [created.token, rotated])
      expect(await as(token, 'keys', 'list')).toMatchObject({ exitCode: 0 });
    const list = await shown('admin', 'tokens', 'list');
    expect(list).toContain('watch');
    expect(list).not.toContain(rotated);
    expect(await shown('admin', 'tokens', 'revoke', 'watch')).toContain('revoked');
    for (const token of [created.token, rotated])
      expect(await as(token, 'keys', 'list')).toMatchObject({ exitCode: 1 });
    expect(await refused('admin', 'tokens', 'revoke', 'watch')).toContain('admin tokens list');
  });

  it('named root is replaced in the state folder, too', async () => {
    const file = join(product.state, 'admin-token');
    const before = (await readFile(file, 'utf8')).trim();
    const text = await shown('admin', 'tokens', 'rotate', 'root');
    const after = (await readFile(file, 'utf8')).trim();
    expect(after).not.toBe(before);
    expect(text).toContain(file);
    expect(text).not.toContain(after);
    expect(await as(before, 'users', 'list')).toMatchObject({ exitCode: 1 });
    await shown('users', 'list');
    await shown('admin', 'reset');
    await shown('users', 'list');
  });
});

describe('nodes', () => {
  it('are added, listed, given a new token and removed; the token is printed by the command that made it', async () => {
    const added = await json<NewAdminNode>('nodes', 'add', 'attic');
    expect(added).toMatchObject({ id: 'attic', token: expect.stringMatching(/^hkn_/) as string });
    expect(await refused('nodes', 'add', 'attic')).toContain('id');
    const listed = await shown('nodes', 'list');
    expect(listed).toContain('attic');
    expect(listed).not.toContain('hkn_');
    const rotated = await shown('nodes', 'rotate', 'attic', '--grace', '1h');
    expect(rotated).toMatch(/^hkn_/);
    expect(rotated).toContain('works until');
    expect(rotated).not.toContain(added.token);
    expect(await json('nodes', 'rm', 'attic')).toEqual({ object: 'node', id: 'attic', deleted: true });
    expect(await refused('nodes', 'rm', 'attic')).toContain('node');
  });
});

describe('what was used and done', () => {
  it('is shown by user, with names and a total, and handed on as CSV', async () => {
    const user = await json<User>('users', 'create', '--name', 'consumer');
    const { key } = await json<CreatedApiKey>('keys', 'create', '--user', 'consumer', '--name', 'k');
    expect(await predict(key)).toBe(200);
    const by = ['--user', 'consumer', '--by', 'user,model'];
    await expect
      .poll(() => json('usage', ...by), { timeout: 30_000 })
      .toMatchObject({
        data: [{ user_id: user.id, model: 'tiny-llama', calls: 1 }],
      });
    const [header, row, total] = (await shown('usage', ...by)).split('\n').map((line) => line.split(/ {2,}/));
    expect(header).toEqual(expect.arrayContaining(['USER', 'NAME', 'MODEL', 'CALLS', 'PROMPT']));
    expect(row).toEqual(expect.arrayContaining([user.id, 'consumer', 'tiny-llama', '1']));
    expect(total?.[0]).toBe('total');
    const csv = (await shown('usage', ...by, '--csv')).trim().split(/\r?\n/);
    expect(csv).toHaveLength(2);
    expect(csv[0]).toContain('completion_tokens');
  });

  it('is logged, and the log is whole', async () => {
    const user = await json<User>('users', 'create', '--name', 'audited');
    await shown('keys', 'create', '--user', 'audited', '--name', 'k');
    expect(await shown('audit', 'list', '--limit', '2')).toContain('user.create');
    expect(await json('audit', 'list', '--user', user.id)).toMatchObject({ data: [{ action: 'key.create' }] });
    expect(await shown('audit', 'verify')).toContain('nothing is wrong');
    expect(await json('audit', 'verify', '--user', 'audited')).toMatchObject({ chains: 1, broken: [] });
  });
});
