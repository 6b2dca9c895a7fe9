// Guarantee: the gateway's signing key is replaced without a refused call, and the old one is worth nothing afterwards.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readGatewaySecrets, loadGatewaySecrets, type GatewaySecrets } from '../../cli/state-folder/gateway-secrets.ts';
import { rotateSigningKey } from '../../cli/state-folder/rotate-signing-key.ts';
import { writeRunFile } from '../../cli/state-folder/run-file.ts';
import { openStateFolder, type StateFolder } from '../../cli/state-folder/state-folder.ts';
import { parseGatewayKeySet } from '../../inference-node/config/gateway-key-set.ts';
import { gatewayVariables } from '../../cli/up/gateway-variables.ts';
import type { UpOptions } from '../../cli/up/up-options.ts';
import type { NodeSigningKey } from '../../protocol/node/node-signing-key.ts';
import { GatewaySigner } from '../inference-node/server/gateway-signer.ts';
import { NodeProcess } from '../inference-node/server/node-process.ts';
import { hearthkey, type CommandResult } from './hearthkey.ts';
import { temporaryFolder } from './temporary-folder.ts';

const GATEWAY = 'http://127.0.0.1:9';
const UP: UpOptions = {
  host: '127.0.0.1',
  port: 0,
  workers: 1,
  nodePort: 0,
  node: true,
  link: undefined,
  state: 'unused',
  models: [],
  config: undefined,
  trustProxy: undefined,
  tls: undefined,
  allowedOrigins: undefined,
  maxBodyBytes: undefined,
  fallbacks: {},
  networks: [],
  nodeFlags: [],
  drainSeconds: 1,
  json: false,
};

function rotate(state: StateFolder, ...flags: string[]): Promise<CommandResult> {
  return hearthkey(['admin', 'rotate-signing-key', '--state', state.folder, ...flags]);
}

async function secretsOf(state: StateFolder): Promise<GatewaySecrets> {
  const secrets = await readGatewaySecrets(state);
  if (secrets === null) throw new Error('there are no secrets');
  return secrets;
}

/** What a gateway signs with that holds this key. */
async function signerOf(key: NodeSigningKey): Promise<GatewaySigner> {
  const { kty, crv, kid, x, d } = key;
  const privateKey = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, 'Ed25519', false, ['sign']);
  return new GatewaySigner({ kty, crv, kid, x }, privateKey, kid);
}

async function publishedKeys(state: StateFolder): Promise<(string | undefined)[]> {
  const parsed = parseGatewayKeySet(await readFile(state.gatewayKeys, 'utf8'));
  return parsed.ok ? parsed.keySet.keys.map(({ kid }) => kid) : [parsed.problem];
}

/** Has somebody else hold the folder, as a running gateway does. */
async function runGateway(state: StateFolder, node: string | null): Promise<void> {
  const holder = fork('test/cli/hold-lock.ts', [state.folder]);
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder, 'message');
  const { nodeSigningKey } = await secretsOf(state);
  await writeRunFile(state, { pid: holder.pid ?? 0, gateway: GATEWAY, node, signingKeyId: nodeSigningKey.kid });
}

describe('rotation of the signing key', () => {
  it('goes on under a running node: it answers the old key, then both, then the new one alone', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    const { nodeSigningKey } = await loadGatewaySecrets(state);
    const old = await signerOf(nodeSigningKey);
    const node = await NodeProcess.start({ gateway: old, args: ['--gateway-keys', state.gatewayKeys] });
    const status = async (signer: GatewaySigner): Promise<number> => {
      const headers = await signer.headers({ path: '/_node/status', claims: { boot: undefined } });
      return (await fetch(`${node.url}/_node/status`, { headers })).status;
    };
    expect(await status(old)).toBe(200);

    expect(await rotate(state)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('--activate') as string });
    const { nextNodeSigningKey } = await secretsOf(state);
    expect(nextNodeSigningKey).toBeDefined();
    const next = await signerOf(nextNodeSigningKey!);
    expect([await status(next), await status(old)]).toEqual([200, 200]);

    expect(await rotate(state, '--activate')).toMatchObject({ exitCode: 0 });
    expect((await secretsOf(state)).nodeSigningKey).toEqual(nextNodeSigningKey);
    expect([await status(old), await status(next)]).toEqual([200, 200]);

    expect(await rotate(state, '--finish')).toMatchObject({ exitCode: 0 });
    while ((await status(old)) !== 401);
    expect(await status(next)).toBe(200);
    expect(node.child.exitCode).toBeNull();
  });

  it('publishes what nodes may believe at each step, and never a private half', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    const first = (await loadGatewaySecrets(state)).nodeSigningKey;
    const steps = [];
    for (const flags of [['--json'], ['--json', '--activate'], ['--json', '--finish']]) {
      const { stdout } = await rotate(state, ...flags);
      steps.push(JSON.parse(stdout) as Record<string, unknown>, await publishedKeys(state));
      expect(await readFile(state.gatewayKeys, 'utf8')).not.toContain('"d"');
    }
    const second = (await secretsOf(state)).nodeSigningKey;
    const { gatewayKeys: gatewayKeysFile } = state;
    expect(steps).toEqual([
      { step: 'publish', signingKeyId: first.kid, nextKeyId: second.kid, formerKeyId: null, gatewayKeysFile },
      [first.kid, second.kid],
      { step: 'activate', signingKeyId: second.kid, nextKeyId: null, formerKeyId: first.kid, gatewayKeysFile },
      [second.kid, first.kid],
      { step: 'finish', signingKeyId: second.kid, nextKeyId: null, formerKeyId: null, gatewayKeysFile },
      [second.kid],
    ]);
    expect(await readFile(state.gatewaySecrets, 'utf8')).not.toContain(first.d);
  });

  it('is done at once where one process starts gateway and node together', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    const before = await loadGatewaySecrets(state);
    await runGateway(state, 'http://127.0.0.1:10');
    const { exitCode, stdout } = await rotate(state);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('from the next start') as string]);
    const after = await secretsOf(state);
    expect(after.keyCheckSecret).toBe(before.keyCheckSecret);
    expect(after.nodeSigningKey.kid).not.toBe(before.nodeSigningKey.kid);
    expect(await publishedKeys(state)).toEqual([after.nodeSigningKey.kid]);
  });

  it('is not finished while the gateway that runs signs with the old key', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    await loadGatewaySecrets(state);
    await runGateway(state, null);
    expect(await rotate(state)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('--activate') as string });
    expect(await rotate(state, '--activate')).toMatchObject({ exitCode: 0 });
    const early = await rotate(state, '--finish');
    expect(early).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('still signs with the old key') as string,
    });
    expect(await publishedKeys(state)).toHaveLength(2);
    const { nodeSigningKey } = await secretsOf(state);
    await writeRunFile(state, { pid: 1, gateway: GATEWAY, node: null, signingKeyId: nodeSigningKey.kid });
    expect(await rotate(state, '--finish')).toMatchObject({ exitCode: 0 });
  });

  it('takes its steps in order, and says which one is next', async () => {
    await using folder = await temporaryFolder();
    const fresh = await loadGatewaySecrets(await openStateFolder(folder.path));
    const published = rotateSigningKey(fresh, 'publish');
    const active = rotateSigningKey(published, 'activate');
    for (const [secrets, step, wayOut] of [
      [fresh, 'activate', 'without a flag'],
      [fresh, 'finish', 'without a flag'],
      [published, 'publish', '--activate'],
      [published, 'finish', '--activate'],
      [active, 'publish', '--finish'],
      [active, 'activate', '--finish'],
    ] as const) {
      expect(() => rotateSigningKey(secrets, step), step).toThrow(wayOut);
    }
    expect(rotateSigningKey(active, 'finish')).toEqual({ ...fresh, nodeSigningKey: active.nodeSigningKey });
  });

  it('has one step at a time, and needs a gateway', async () => {
    await using folder = await temporaryFolder();
    const state = await openStateFolder(folder.path);
    expect(await rotate(state)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('npm start') as string });
    expect(await rotate(state, '--activate', '--finish')).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

it('while the key-check secret is replaced the gateway is given both', async () => {
  await using folder = await temporaryFolder();
  const secrets = await loadGatewaySecrets(await openStateFolder(folder.path));
  const keyCheckSecret = 'x'.repeat(43);
  const variables = await gatewayVariables({
    options: UP,
    secrets: { ...secrets, keyCheckSecret, previousKeyCheckSecret: secrets.keyCheckSecret },
    adminToken: 'token',
    clientAddressTrust: 'none',
    nodeOrigin: GATEWAY,
  });
  expect(variables).toMatchObject({
    KEY_CHECK_SECRET: keyCheckSecret,
    KEY_CHECK_SECRET_PREVIOUS: secrets.keyCheckSecret,
  });
});
