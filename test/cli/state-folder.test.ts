// Guarantee: the state folder is its owner's alone, holds whole files or none, and serves one `up` at a time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { importCheckKeys, verifyCheck } from '../../protocol/credentials/credential-check.ts';
import { parseCredential } from '../../protocol/credentials/credential.ts';
import { loadAdminToken, readAdminToken } from '../../cli/state-folder/admin-token.ts';
import { loadGatewaySecrets } from '../../cli/state-folder/gateway-secrets.ts';
import { readRunFile } from '../../cli/state-folder/run-file.ts';
import { openStateFolder } from '../../cli/state-folder/state-folder.ts';
import { lockStateFolder } from '../../cli/state-folder/state-lock.ts';
import { writeFileAtomically } from '../../cli/state-folder/write-file-atomically.ts';
import { temporaryFolder } from './temporary-folder.ts';

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('the state folder', () => {
  it('is closed to others, also when it was made open', async () => {
    await using folder = await temporaryFolder();
    expect(await modeOf((await openStateFolder(folder.file('new/deep'))).folder)).toBe(0o700);
    await mkdir(folder.file('open'), { mode: 0o755 });
    await chmod(folder.file('open'), 0o755);
    expect(await modeOf((await openStateFolder(folder.file('open'))).folder)).toBe(0o700);
  });

  it('is not taken over when it holds foreign files', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('letter'), 'x');
    await chmod(folder.path, 0o755);
    await expect(openStateFolder(folder.path)).rejects.toThrow('--state DIR');
    expect(await modeOf(folder.path)).toBe(0o755);
  });

  it('holds secrets that stay the same, each in a file that only its owner reads', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    const secrets = await loadGatewaySecrets(state);
    const first = await loadAdminToken(state, secrets);
    expect(first.created).toBe(true);
    expect(await loadGatewaySecrets(state)).toEqual(secrets);
    expect(await loadAdminToken(state, secrets)).toEqual({ token: first.token, created: false });
    for (const name of await readdir(state.folder)) expect(await modeOf(folder.file(name))).toBe(0o600);
    const credential = parseCredential(first.token);
    expect(credential?.kind).toBe('admin-token');
    expect(credential && (await verifyCheck(credential, await importCheckKeys(secrets.keyCheckSecret)))).toBe(true);
  });

  it('gives nodes the public half of the signing key only', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    const { nodeSigningKey } = await loadGatewaySecrets(state);
    const text = await readFile(state.gatewayKeys, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ keys: [{ kid: nodeSigningKey.kid, x: nodeSigningKey.x }] });
    expect(text).not.toContain(nodeSigningKey.d);
  });

  it('says which file is damaged, never what is in it', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    await writeFile(state.gatewaySecrets, '{"keyCheckSecret":"sesame');
    const failure = await loadGatewaySecrets(state).catch((error: unknown) => String(error));
    expect(failure).toContain(state.gatewaySecrets);
    expect(failure).not.toContain('sesame');
    await writeFile(state.adminToken, 'sesame');
    const other = await readAdminToken(state.adminToken).catch((error: unknown) => String(error));
    expect(other).toContain('hearthkey admin reset');
    expect(other).not.toContain('sesame');
  });

  it('takes a run file that is no run file for none', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    expect(await readRunFile(state)).toBeNull();
    await writeFile(state.run, '{"pid":');
    expect(await readRunFile(state)).toBeNull();
  });
});

describe('a file written atomically', () => {
  it('replaces the old one whole, also over what a crash left behind, and leaves nothing beside it', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('token');
    await writeFile(path, 'old and longer', { mode: 0o644 });
    await writeFile(`${path}.${process.pid}.new`, 'half');
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await modeOf(path)).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['token']);
  });
});

describe('the lock', () => {
  it('is held by one process and let go when that is killed', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    const holder = fork('test/cli/hold-lock.ts', [state.folder]);
    await once(holder, 'message');
    await expect(lockStateFolder(state)).rejects.toThrow(`runs on ${state.folder}`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await lockStateFolder(state);
    lock.release();
    (await lockStateFolder(state)).release();
  });
});
