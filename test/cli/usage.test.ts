// Guarantee: a mistake on the command line is one sentence on stderr with the way out, nothing on stdout, exit code 2; and
// what can be checked is checked before anything is started.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder } from './temporary-folder.ts';

const KEY = '0123456789abcdef';

describe('a mistake on the command line', () => {
  it.for([
    [['up', '--prot', '1'], '--port'],
    [['keyz', 'list'], 'keys'],
    [['keys', 'lst'], 'list'],
    [['users', 'create', '--nam', 'x'], '--name'],
    [['admin', 'tokens', 'creat'], 'create'],
    [['usage', '--by', 'user,modle'], 'model'],
    [['keys', 'list', '--status', 'revokd'], 'revoked'],
    [['keys', 'create', '--scope', 'chats'], 'chat'],
    [['keys', 'update', KEY, '--quota', 'request-per-minut=5'], 'requests-per-minute'],
    [['users', 'update', 'x', '--quota', 'tokens_per_day=5'], 'tokens-per-day'],
    [['admin', 'tokens', 'create', '--role', 'viewr'], 'viewer'],
  ] as const)('is answered with the nearest right thing: %o', async ([args, hint]) => {
    const { exitCode, stdout, stderr } = await hearthkey(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^hearthkey: [^\n]+\n$/);
    expect(stderr).toContain(`Did you mean ${hint}?`);
    expect(stderr).toContain('--help');
  });

  it.for([
    [['up', '--port', '70000'], '--port'],
    [['up', '--gpu', 'none'], '--gpu'],
    [['up', '--trust-proxy', '10.0.0.1'], '--trust-proxy'],
    [['up', '--host', '0.0.0.0', '--trust-proxy', '127.0.0.1'], '--trust-proxy'],
    [['keys', 'show', 'hk_short'], 'key id'],
    [['keys', 'create', '--name', 'x'], '--user'],
    [['keys', 'create', '--user', 'x', '--name', 'x', '--expires', 'soon'], '--expires'],
    [['users', 'update', 'x'], 'nothing to change'],
    [['keys', 'list', '--gateway', 'ftp://x'], 'ftp://x'],
    [['keys', 'update', KEY], 'nothing to change'],
    [['keys', 'update', KEY, '--expires', '2020-01-01'], 'past'],
    [['keys', 'update', KEY, '--rotate-after', '5m'], 'such as 90d'],
    [['keys', 'update', KEY, '--address', '10.0.0.0/99'], 'such as 10.0.0.0/8'],
    [['keys', 'update', KEY, '--model', 'a b'], 'model id'],
    [['keys', 'update', KEY, '--model', 'a', '--all-models'], '--all-models'],
    [['keys', 'update', KEY, '--quota', 'nonsense=5'], 'requests-per-minute'],
    [['keys', 'update', KEY, '--quota', 'tokens-per-day=many'], 'tokens-per-day=100000@tiny-llama'],
    [['keys', 'update', KEY, '--quota', 'tokens-per-day=5', '--no-quotas'], '--no-quotas'],
    [['keys', 'update', KEY, '--quota', 'tokens-per-day=5', '--quota', 'tokens-per-minute=6'], 'tokens-per-day is 5'],
    [
      ['keys', 'update', KEY, '--model', 'a', '--quota', 'tokens-per-day=5@b'],
      '--quota @b: the key may not use this model',
    ],
    [['keys', 'rotate', KEY, '--grace', '2y'], 'at most a year'],
    [['keys', 'rotate', KEY, '--grace', '9000h'], 'at most a year'],
    [['keys', 'rotate', KEY, '--grace', '1h', '--finish'], '--finish'],
    [['keys', 'list', '--limit', '0'], '--limit'],
    [['users', 'upsert', '--name', 'x'], '--external-id'],
    [['users', 'update', 'x', '--disable', '--enable'], '--enable'],
    [['admin', 'tokens', 'create', '--name', 'x'], '--role'],
    [['usage', '--from', 'yesterday'], 'such as 7d'],
    [['usage', '--from', '1d', '--to', '2d'], '--from'],
    [['usage', '--by', 'user,user'], 'twice'],
    [['usage', '--csv', '--json'], '--csv'],
    [['audit', 'list', '--before', '0'], '--before'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
  ] as const)('names what is wrong: %o', async ([args, part]) => {
    const { exitCode, stdout, stderr } = await hearthkey(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^hearthkey: [^\n]+\n$/);
    expect(stderr).toContain(part);
  });

  it('is not asking for help, which succeeds on stdout', async () => {
    const { exitCode, stdout } = await hearthkey(['up', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--model');
  });
});

describe('what cannot work', () => {
  it('is refused for a model file that is not there, is a folder, or is not GGUF', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('text.gguf'), 'not a model');
    await writeFile(folder.file('empty.gguf'), '');
    for (const [file, reason] of [
      ['missing.gguf', 'does not exist'],
      ['', 'is not a file'],
      ['text.gguf', 'is not in GGUF format'],
      ['empty.gguf', 'is not in GGUF format'],
    ] as const) {
      const args = ['up', '--state', folder.file('state'), '--port', '0', '--model', `id=${folder.file(file)}`];
      const { exitCode, stderr } = await hearthkey(args);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^hearthkey: [^\n]+--model FILE\.\n$/);
      expect(stderr).toContain(reason);
    }
  });

  it('is refused for a port in use, gateway or node', async () => {
    await using folder = await temporaryFolder();
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    for (const [flag, other] of [
      ['--port', '--node-port'],
      ['--node-port', '--port'],
    ] as const) {
      const { exitCode, stdout, stderr } = await hearthkey(['up', '--state', folder.file('s'), flag, port, other, '0']);
      expect(exitCode).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toBe(
        `hearthkey: Port ${port} on 127.0.0.1 is in use; stop what uses it, or choose another with ${flag} N (0: any free one).\n`,
      );
    }
    squatter.close();
  });

  it('is refused for an address that is not this machine’s', async () => {
    await using folder = await temporaryFolder();
    const { exitCode, stderr } = await hearthkey([
      'up',
      '--state',
      folder.file('s'),
      '--host',
      '192.0.2.1',
      '--port',
      '0',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--host ADDRESS');
  });

  it('is refused for a state folder that holds somebody else’s files, which stay as they are', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('thesis.txt'), 'x', { mode: 0o644 });
    const { exitCode, stderr } = await hearthkey(['up', '--state', folder.path, '--port', '0']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--state DIR');
  });

  it('is said when no gateway runs, when none answers, and when the answer is not ours', async () => {
    await using folder = await temporaryFolder();
    const nobody = await hearthkey(['keys', 'list', '--state', folder.path]);
    expect(nobody).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('npm start') as unknown });
    const env = { HEARTHKEY_ADMIN_TOKEN: 'hka_x' };
    const silent = await hearthkey(['keys', 'list', '--gateway', 'http://127.0.0.1:1'], { env });
    expect(silent).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No gateway answers') as unknown });
    const reset = await hearthkey(['admin', 'reset', '--state', folder.path]);
    expect(reset).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('npm start') as unknown });
  });
});

describe('the command itself', () => {
  it('runs with a stock Node 20 in front on the path, on the project’s own Node', async () => {
    await using folder = await temporaryFolder();
    const path = `/usr/bin:${String(process.env['PATH'])}`;
    const program = ['cli/hearthkey'] as const;
    const result = await hearthkey(['models', 'list', '--json', '--state', folder.path], {
      program,
      env: { PATH: path },
    });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const { catalogue, local } = JSON.parse(result.stdout) as {
      catalogue: { name: string }[];
      local: { path: string }[];
    };
    expect(catalogue.map(({ name }) => name)).toContain('phi-2');
    expect(local.map(({ path: file }) => file)).toContain('models/tiny-llama.gguf');
  });
});
