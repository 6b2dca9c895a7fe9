// Guarantee: one command makes gateway, node and a first key; what it made lies safe in the state folder; secrets are shown once;
// what it acknowledged survives any death.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayProcesses, killGateway } from '../conformance/gateway-processes.ts';
import { descendant, descendants } from '../conformance/process-tree.ts';
import { adminTokenOf, keyOf, startProduct, type Product } from '../conformance/product.ts';
import { killTree } from './kill-tree.ts';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder } from './temporary-folder.ts';

const TEST_CERTIFICATE = 'test/cli/test-only-certificates/first.pem';
const TLS_FLAGS = ['--tls-cert', TEST_CERTIFICATE, '--tls-key', 'test/cli/test-only-certificates/first-key.pem'];

function ask(product: Product, key: string): Promise<Response> {
  return fetch(`${product.gateway}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ input: 'What is a key?', max_tokens: 4 }),
  });
}

describe('a first run', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct();
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  it('says on one line where everything is, and its key works', async () => {
    expect(product.lines).toHaveLength(1);
    expect(product.models.map(({ id }) => id)).toEqual(['tiny-llama', 'tiny-phi2']);
    expect((await ask(product, keyOf(product))).status).toBe(200);
    expect(product.lines).toHaveLength(1);
  });

  it('publishes the key that it signs with, and its public half alone', async () => {
    const answer = await fetch(`${product.gateway}/.well-known/jwks.json`);
    expect(await answer.json()).toEqual(JSON.parse(await readFile(join(product.state, 'gateway-keys.json'), 'utf8')));
  });

  it('leaves nothing that others can read', async () => {
    expect((await stat(product.state)).mode & 0o777).toBe(0o700);
    for (const entry of await readdir(product.state, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o077, entry.name).toBe(0);
    }
  });

  it('shows no secret on a command line, and none in its log', async () => {
    const commands = (await descendants(product.process.pid ?? 0)).map(({ command }) => command).join('\n');
    for (const secret of [keyOf(product), adminTokenOf(product)]) {
      expect(commands).not.toContain(secret);
      expect(product.log()).not.toContain(secret);
    }
  });

  it('is the only one on its state folder', async () => {
    const second = await hearthkey(['up', '--port', '0', '--state', product.state]);
    expect(second).toMatchObject({ exitCode: 1, stdout: '' });
    expect(second.stderr).toBe(
      `hearthkey: Another hearthkey (process ${String(product.process.pid)}, ${product.gateway}) runs on ${product.state}; stop it first, or give this one its own --state DIR.\n`,
    );
    expect((await ask(product, keyOf(product))).status).toBe(200);
  });

  it('lets the commands find it: users and keys from making to revoking', async () => {
    const run = async (...args: string[]): Promise<unknown> => {
      const result = await hearthkey([...args, '--json', '--state', product.state]);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      return JSON.parse(result.stdout);
    };
    const user = await run('users', 'create', '--name', 'alice', '--external-id', 'a1', '--metadata', 'team=blue');
    expect(user).toMatchObject({ name: 'alice', external_id: 'a1', metadata: { team: 'blue' }, disabled: false });
    const { key, id } = (await run('keys', 'create', '--user', 'alice', '--name', 'laptop', '--expires', '1d')) as {
      key: string;
      id: string;
    };
    expect((await ask(product, key)).status).toBe(200);
    expect(await run('users', 'update', 'alice', '--disable')).toMatchObject({ disabled: true });
    expect((await ask(product, key)).status).toBe(401);
    expect(await run('users', 'update', 'alice', '--enable', '--name', 'al')).toMatchObject({ disabled: false });
    expect((await ask(product, key)).status).toBe(200);
    expect(await run('keys', 'update', id, '--name', 'desk', '--model', 'tiny-phi2')).toMatchObject({ name: 'desk' });
    expect(await run('keys', 'update', `hk_${id}`, '--all-models')).toMatchObject({ models: null });
    expect(await run('keys', 'list', '--user', 'al')).toMatchObject({ data: [{ id }], has_more: false });
    expect(await run('keys', 'revoke', id)).toMatchObject({ status: 'revoked' });
    expect((await ask(product, key)).status).toBe(401);
    expect(await run('keys', 'show', id)).toMatchObject({ status: 'revoked' });
    const table = await hearthkey(['keys', 'list', '--state', product.state]);
    expect(table.stdout).toContain(`hk_${id}`);
    expect(table.stdout).not.toContain(key);
  });

  it('tells the operator what the admin API refused, in one sentence', async () => {
    const result = await hearthkey(['keys', 'revoke', '0000000000000000', '--state', product.state]);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/^hearthkey: [^\n]+\n$/);
    const env = { HEARTHKEY_ADMIN_TOKEN: `${adminTokenOf(product).slice(0, -1)}~` };
    const wrong = await hearthkey(['keys', 'list', '--state', product.state], { env });
    expect(wrong.stderr).toContain('hearthkey admin reset');
  });
});

describe('the banner', () => {
  it('shows the key once, in a curl that works when it is pasted; a later one names it only', async () => {
    await using folder = await temporaryFolder();
    const args = ['cli/hearthkey.ts', 'up', '--port', '0', '--state', folder.path];
    const runUntilBanner = async (whileUp: (banner: string) => Promise<void>): Promise<void> => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      const [banner] = (await once(child.stdout, 'data')) as [Buffer];
      await whileUp(banner.toString()).finally(() => child.kill('SIGINT'));
      await once(child, 'exit');
      expect(child.exitCode).toBe(0);
    };
    let key = '';
    await runUntilBanner(async (banner) => {
      key = /^ {2}API key +(hk_\w+)$/m.exec(banner)?.[1] ?? '';
      const curl = banner.slice(banner.indexOf('curl '), banner.indexOf('  Ctrl-C'));
      expect(curl).toContain(key);
      const pasted = spawn('sh', ['-c', curl], { stdio: ['ignore', 'pipe', 'ignore'] });
      expect(JSON.parse(await text(pasted.stdout))).toMatchObject({ object: 'chat.completion' });
    });
    await runUntilBanner((banner) => {
      expect(banner).not.toContain(key);
      expect(banner).toContain(`${key.slice(0, 'hk_'.length + 16)}  first key`);
      return Promise.resolve();
    });
  });
});

describe('a later run', () => {
  it('shows no secret again, names the keys, and the old key still works', async () => {
    await using folder = await temporaryFolder();
    const first = await startProduct({ state: folder.path });
    const key = keyOf(first);
    expect(await first.stop()).toBe(0);
    expect(await readdir(folder.path)).not.toContain('run.json');
    await using second = await startProduct({ state: folder.path });
    expect(second).toMatchObject({ apiKey: null, adminToken: null });
    expect((await ask(second, key)).status).toBe(200);
    expect(second.log()).not.toContain(adminTokenOf(first));
  });

  it('finds every acknowledged write of a run that was killed with all its processes', async () => {
    await using folder = await temporaryFolder();
    const first = await startProduct({ state: folder.path });
    const created = await hearthkey(['users', 'create', '--name', 'last', '--json', '--state', folder.path]);
    const admin = { authorization: `Bearer ${adminTokenOf(first)}`, 'content-type': 'application/json' };
    const { id } = JSON.parse(created.stdout) as { id: string };
    const answer = await fetch(`${first.gateway}/admin/keys`, {
      method: 'POST',
      headers: admin,
      body: JSON.stringify({ user_id: id, name: 'written just before' }),
    });
    const { key } = (await answer.json()) as { key: string };
    await killTree(first);
    await using second = await startProduct({ state: folder.path });
    expect((await ask(second, key)).status).toBe(200);
    expect((await ask(second, keyOf(first))).status).toBe(200);
  });
});

describe('hearthkey admin reset', () => {
  it('replaces the token of a running gateway at once, and of a stopped one at its next start', async () => {
    await using folder = await temporaryFolder();
    const reset = async (): Promise<unknown> => {
      const result = await hearthkey(['admin', 'reset', '--json', '--state', folder.path]);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      return JSON.parse(result.stdout);
    };
    const list = (product: Product, token: string): Promise<Response> =>
      fetch(`${product.gateway}/admin/users`, { headers: { authorization: `Bearer ${token}` } });
    const tokenFile = folder.file('admin-token');
    const readToken = async (): Promise<string> => (await readFile(tokenFile, 'utf8')).trim();

    const first = await startProduct({ state: folder.path });
    const oldest = adminTokenOf(first);
    expect(await reset()).toEqual({ adminTokenFile: tokenFile, inForce: 'now' });
    const second = await readToken();
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect((await list(first, oldest)).status).toBe(401);
    expect((await list(first, second)).status).toBe(200);
    await first.stop();

    expect(await reset()).toEqual({ adminTokenFile: tokenFile, inForce: 'next-start' });
    const third = await readToken();
    await using again = await startProduct({ state: folder.path });
    expect(again.adminToken).toBeNull();
    expect((await list(again, second)).status).toBe(401);
    expect((await list(again, third)).status).toBe(200);
  });
});

describe('when a part dies', () => {
  it.each(['state', 'calls'] as const)('the gateway’s (%s) is back on the same port, with its data', async (part) => {
    await using product = await startProduct();
    const before = await gatewayProcesses(product, part);
    await killGateway(product, part);
    const statusOf = (answer: Promise<Response>): Promise<number> =>
      answer.then(
        ({ status }) => status,
        () => 0,
      );
    const headers = { authorization: `Bearer ${adminTokenOf(product)}` };
    while ((await statusOf(fetch(`${product.gateway}/admin/users`, { headers }))) !== 200);
    while ((await statusOf(ask(product, keyOf(product)))) !== 200);
    expect(await gatewayProcesses(product, part)).not.toEqual(before);
  });

  it('the node is back on the same port', async () => {
    await using product = await startProduct();
    const { pid } = await descendant(product.process.pid ?? 0, 'inference-node/main.ts');
    process.kill(pid, 'SIGKILL');
    for (let status = 0; status !== 200;) {
      status = (await ask(product, keyOf(product))).status;
      expect([200, 503]).toContain(status);
    }
    const { pid: next } = await descendant(product.process.pid ?? 0, 'inference-node/main.ts');
    expect(next).not.toBe(pid);
    expect((await fetch(`${String(product.node)}/health/live`)).status).toBe(200);
  });
});

describe('without a node', () => {
  // With a certificate, so that one start shows both.
  it('the gateway says that none is online, over HTTPS, and commands find it', async () => {
    await using product = await startProduct({ flags: ['--no-node', ...TLS_FLAGS] });
    expect(product).toMatchObject({ node: null, models: [], gateway: expect.stringContaining('https://') as unknown });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}` };
    const ca = await readFile(TEST_CERTIFICATE);
    const asking = request(`${product.gateway}/predict`, { method: 'POST', headers, ca });
    asking.end(JSON.stringify({ input: 'What is a key?' }));
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, expect.any(String)]);
    answer.resume();
    const found = await hearthkey(['users', 'list', '--state', product.state]);
    expect(found).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('default') as unknown });
    expect(product.log()).not.toContain('in the clear');
    expect(await product.stop()).toBe(0);
  });
});

describe('a node that cannot start', () => {
  it('ends the command with its sentence', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('broken.gguf'), 'GGUF\u0003\0\0\0 and nothing more');
    const args = ['up', '--port', '0', '--state', folder.file('state'), '--model', folder.file('broken.gguf')];
    const result = await hearthkey(args);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain('broken.gguf');
    expect(result.stderr).not.toContain('this is a bug');
  });
});
