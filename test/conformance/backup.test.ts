// Requirement: from a backup file and its passphrase alone an empty machine becomes the gateway that was lost: every key works, or is
// refused, as before; limits, usage and audit go on. What is not a whole backup changes nothing, and what broke off is found.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ApiKey, CreatedApiKey } from '../../protocol/admin/admin-key.ts';
import type { NewAdminToken } from '../../protocol/admin/admin-token.ts';
import type { AuditPage } from '../../protocol/admin/audit.ts';
import type { Page } from '../../protocol/admin/admin-list.ts';
import type { UsageReport } from '../../protocol/admin/usage.ts';
import { withPrivateGateway } from '../../cli/backup/private-gateway.ts';
import { readGatewaySecrets } from '../../cli/state-folder/gateway-secrets.ts';
import { openStateFolder } from '../../cli/state-folder/state-folder.ts';
import { hearthkey, type CommandResult } from '../cli/hearthkey.ts';
import { temporaryFolder, type TemporaryFolder } from '../cli/temporary-folder.ts';
import { ForeignServer } from '../loopback-node/foreign-server.ts';
import { FOREIGN_BEARER } from '../loopback-node/node-event.ts';
import { SERVERS_ONLY, startGatewayOf } from './gateway-of-server.ts';
import { keyOf, startProduct, type Product } from './product.ts';

const PASSPHRASE = 'correct horse battery staple';
const CALL_TOKENS = 4;

let folder: TemporaryFolder;
/** The backup, and what it must bring back. */
let backup: string;
let before: {
  list: Page<ApiKey>;
  usage: UsageReport;
  audit: AuditPage;
  keys: Record<'plain' | 'limited' | 'rotated' | 'successor' | 'revoked' | 'disabled', string>;
  userId: string;
  viewer: string;
  root: string;
};

function run(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
  return hearthkey(args, { env: { HEARTHKEY_BACKUP_PASSPHRASE: PASSPHRASE, ...env } });
}

/** What the command prints as JSON. */
async function json<T>(state: string, ...args: string[]): Promise<T> {
  const result = await run([...args, '--json', '--state', state]);
  if (result.exitCode !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}

/** The one sentence of a command that could not be done. */
async function refused(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const result = await run(args, env);
  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.stderr).toMatch(/^hearthkey: [^\n]+\n$/);
  return result.stderr;
}

function restoreTo(state: string, ...flags: string[]): string[] {
  return ['restore', backup, '--state', state, ...flags];
}

/** `model` absent: the first one. */
async function call(product: Product, key: string, model?: string): Promise<Response> {
  const response = await fetch(`${product.gateway}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, input: 'What is a key?', max_tokens: CALL_TOKENS }),
  });
  await response.text();
  return response;
}

/** The lists and sums that a restore must not change. */
async function look(state: string, userId: string): Promise<Pick<typeof before, 'list' | 'usage' | 'audit'>> {
  return {
    list: await json(state, 'keys', 'list'),
    usage: await json(state, 'usage', '--user', userId, '--by', 'key,model'),
    audit: await json(state, 'audit', 'list', '--user', userId),
  };
}

beforeAll(async () => {
  folder = await temporaryFolder();
  backup = folder.file('backup');
  const state = folder.file('lost');
  const product = await startProduct({ state });
  const user = await json<{ id: string }>(
    state,
    'users',
    'create',
    '--name',
    'ada',
    '--quota',
    'tokens-per-day=100000',
  );
  const create = (name: string, ...flags: string[]): Promise<CreatedApiKey> =>
    json(state, 'keys', 'create', '--user', 'ada', '--name', name, ...flags);
  const plain = await create('plain');
  const limited = await create('limited', '--quota', 'requests-per-day=3');
  const rotated = await create('rotated', '--model', 'tiny-llama', '--model', 'tiny-phi2');
  const revoked = await create('revoked');
  const disabled = await create('disabled');
  const successor = await json<CreatedApiKey>(state, 'keys', 'rotate', rotated.id, '--grace', '24h');
  await json(state, 'keys', 'revoke', revoked.id);
  await json(state, 'keys', 'disable', disabled.id);
  const viewer = await json<NewAdminToken>(state, 'admin', 'tokens', 'create', '--name', 'watcher', '--role', 'viewer');
  for (const { key } of [plain, limited, limited, rotated]) expect((await call(product, key)).status).toBe(200);
  const secretsOf = (...keys: CreatedApiKey[]): string[] => keys.map(({ key }) => key);
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = secretsOf(
    plain,
    limited,
    rotated,
    successor,
    revoked,
    disabled,
  );
  before = {
    ...(await look(state, user.id)),
    keys: { plain: a, limited: b, rotated: c, successor: d, revoked: e, disabled: f },
    userId: user.id,
    viewer: viewer.token,
    root: String(product.adminToken),
  };
  const made = await json(state, 'backup', backup);
  expect(made).toMatchObject({ file: backup, accounts: 2, keys: 6, secrets: true });
  expect(await product.stop()).toBe(0);
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe('on an empty machine', () => {
  it('every key works or is refused as before, and all that is counted goes on', async () => {
    const state = folder.file('new machine');
    const restored = await run(restoreTo(state));
    expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
    expect(restored.stdout).toMatch(/^Restored 6 keys of 2 users/);
    await using product = await startProduct({ state });
    expect(product).toMatchObject({ apiKey: null, adminToken: null });

    const { keys } = before;
    expect((await call(product, keys.plain)).status).toBe(200);
    expect((await call(product, keys.successor)).headers.get('x-hearthkey-rotate-by')).toBeNull();
    const old = await call(product, keys.rotated);
    expect([old.status, old.headers.get('x-hearthkey-rotate-by')]).toEqual([200, expect.any(String)]);
    expect((await call(product, keys.revoked)).status).toBe(401);
    expect((await call(product, keys.disabled)).status).toBe(401);
    // Of three calls a day two were made before.
    expect([(await call(product, keys.limited)).status, (await call(product, keys.limited)).status]).toEqual([
      200, 429,
    ]);

    expect(await json(state, 'audit', 'verify')).toMatchObject({ chains: 3, broken: [] });
    const now = await look(state, before.userId);
    expect(now.audit).toEqual(before.audit);
    expect(now.list.data.map(({ id, status, name }) => [id, status, name])).toEqual(
      before.list.data.map(({ id, status, name }) => [id, status, name]),
    );
    const callsOf = ({ data }: UsageReport): number => data.reduce((sum, { calls }) => sum + calls, 0);
    expect([callsOf(before.usage), callsOf(now.usage)]).toEqual([4, 8]);
    // Of the seven secrets all but the revoked key's have not ended.
    expect(await json(state, 'keys', 'reconcile')).toMatchObject({ missing: 6, superfluous: 0 });
  });

  it('has an admin token of its own in the state folder; others work on, the one of before does not', async () => {
    const state = folder.file('tokens');
    expect(await json(state, 'restore', backup)).toMatchObject({ users: 2, keys: 6 });
    const token = (await readFile(folder.file('tokens/admin-token'), 'utf8')).trim();
    await using product = await startProduct({ state, flags: ['--no-node'] });
    const status = async (bearer: string): Promise<number> =>
      (await fetch(`${product.gateway}/admin/users`, { headers: { authorization: `Bearer ${bearer}` } })).status;
    expect([await status(token), await status(before.viewer), await status(before.root)]).toEqual([200, 200, 401]);
    const { data } = await json<AuditPage>(state, 'audit', 'list', '--limit', '3');
    expect(data.map(({ action }) => action)).toEqual(['state.restore', 'admin_token.bootstrap', 'state.backup']);
    // Nodes are told of the same signing key as before.
    expect(await readFile(folder.file('tokens/gateway-keys.json'), 'utf8')).toBe(
      await readFile(folder.file('lost/gateway-keys.json'), 'utf8'),
    );
  });

  it('a folder that has a gateway is left as it is', async () => {
    const files = await readdir(folder.file('lost'), { recursive: true });
    expect(await refused(restoreTo(folder.file('lost')))).toContain('holds a gateway already');
    expect(await readdir(folder.file('lost'), { recursive: true })).toEqual(files);
  });
});

describe('a server of another maker', () => {
  it('is shown its bearer from the new machine too, and no file there holds it in the clear', async () => {
    const server = new ForeignServer();
    onTestFinished(() => server.kill());
    const lost = await startGatewayOf(
      { url: await server.listen(), bearer: FOREIGN_BEARER },
      { state: folder.file('lost with a server') },
    );
    const file = folder.file('backup with a server');
    await json(lost.state, 'backup', file);
    expect(await lost.stop()).toBe(0);
    const state = folder.file('new machine with a server');
    expect(await json(state, 'restore', file)).toMatchObject({ users: 1, keys: 1 });
    await using product = await startProduct({ state, flags: SERVERS_ONLY });
    expect((await call(product, keyOf(lost), 'foreign-words')).status).toBe(200);
    expect((await hearthkey(['nodes', 'show', 'other', '--state', state])).stdout).toContain('foreign-words');
    const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      expect((await readFile(join(entry.parentPath, entry.name))).includes(FOREIGN_BEARER)).toBe(false);
    }
  });
});

describe('what is no whole backup', () => {
  it('is refused in one sentence, and nothing is made of it', async () => {
    const state = folder.file('never');
    const whole = await readFile(backup);
    const damaged = folder.file('damaged');
    const flipped = Buffer.from(whole);
    flipped.writeUInt8((whole.at(-100) ?? 0) ^ 4, whole.length - 100);
    await writeFile(damaged, flipped);
    expect(await refused(['restore', damaged, '--state', state])).toContain('damaged or cut off');
    await writeFile(damaged, whole);
    await truncate(damaged, whole.length - 20);
    expect(await refused(['restore', damaged, '--state', state])).toContain('damaged or cut off');
    await writeFile(damaged, 'a letter');
    expect(await refused(['restore', damaged, '--state', state])).toContain('is not a Hearthkey backup');
    const wrong = { HEARTHKEY_BACKUP_PASSPHRASE: 'correct horse battery stapler' };
    expect(await refused(restoreTo(state), wrong)).toContain('passphrase');
    await expect(access(state)).rejects.toThrow();
  });
});

describe('a restore that is killed', () => {
  it('is not taken for a gateway, and is repeated', async () => {
    const state = folder.file('killed');
    const env = { ...process.env, HEARTHKEY_BACKUP_PASSPHRASE: PASSPHRASE };
    const child = spawn(process.execPath, ['cli/hearthkey.ts', ...restoreTo(state)], { stdio: 'ignore', env });
    const exited = once(child, 'exit');
    const isThere = (name: string): Promise<boolean> =>
      access(folder.file(`killed/${name}`)).then(
        () => true,
        () => false,
      );
    while (!(await isThere('storage'))) expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    await exited;
    expect(await isThere('gateway-secrets.json')).toBe(false);
    expect(await refused(['up', '--port', '0', '--state', state])).toContain('broke off');
    expect(await run(restoreTo(state))).toMatchObject({ exitCode: 0 });
    await using product = await startProduct({ state, flags: ['--no-node'] });
    const models = await fetch(`${product.gateway}/v1/key`, {
      headers: { authorization: `Bearer ${before.keys.plain}` },
    });
    expect(models.status).toBe(200);
  });
});

describe('a gateway that runs elsewhere', () => {
  it('is backed up with the secrets that are named, and with none but its own', async () => {
    const state = folder.file('elsewhere');
    await using product = await startProduct({ state, flags: ['--no-node'] });
    const away = ['--gateway', product.gateway, '--state', folder.file('no such state')];
    const env = { HEARTHKEY_ADMIN_TOKEN: String(product.adminToken) };
    const file = folder.file('of elsewhere');
    expect(await refused(['backup', file, ...away], env)).toContain('--secrets-file FILE');
    const foreign = ['--secrets-file', folder.file('lost/gateway-secrets.json')];
    expect(await refused(['backup', file, ...away, ...foreign], env)).toContain('another gateway');
    await expect(access(file)).rejects.toThrow();
    const own = ['--secrets-file', folder.file('elsewhere/gateway-secrets.json')];
    expect(await run(['backup', file, ...away, ...own], env)).toMatchObject({ exitCode: 0 });
    const bare = folder.file('without secrets');
    expect(await run(['backup', bare, ...away, '--without-secrets'], env)).toMatchObject({ exitCode: 0 });
    const fresh = ['--state', folder.file('from bare')];
    expect(await refused(['restore', bare, ...fresh])).toContain('--secrets-file FILE');
    expect(await refused(['restore', bare, ...fresh, ...foreign])).toContain('another gateway');
    expect(await run(['restore', bare, ...fresh, ...own])).toMatchObject({ exitCode: 0 });
    // It has a user of its own.
    expect(await refused(['restore', backup, ...away], env)).toMatch(/already|key-check secret/);
  });

  it('is filled when it is empty and has the secrets of the backup', async () => {
    const state = await openStateFolder(folder.file('deployed'));
    expect(await run(restoreTo(state.folder, '--secrets-only'))).toMatchObject({ exitCode: 0 });
    const secrets = await readGatewaySecrets(state);
    if (secrets === null) throw new Error('there are no secrets');
    const adminToken = (await readFile(state.adminToken, 'utf8')).trim();
    await withPrivateGateway({ state, secrets, adminToken }, async ({ gateway }) => {
      const target = ['--gateway', gateway, '--admin-token-file', state.adminToken];
      const restored = await run(['restore', backup, ...target]);
      expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
      const own = await fetch(`${gateway}/v1/key`, { headers: { authorization: `Bearer ${before.keys.plain}` } });
      expect(own.status).toBe(200);
      expect(await run(['audit', 'verify', ...target])).toMatchObject({ exitCode: 0 });
      expect(await refused(['restore', backup, ...target])).toContain('already');
    });
  });
});
