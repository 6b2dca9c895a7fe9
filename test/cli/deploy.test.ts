// Guarantees: a deployment is looked at before anything is uploaded, no secret is an argument or replaced, and the second run changes
// none. Cloudflare's side is test/cli/fake-wrangler.ts, but for the dry run, which is wrangler's own.
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkDeployment } from '../../cli/deploy/check-deployment.ts';
import { deploy, type DeployOptions } from '../../cli/deploy/deploy.ts';
import { deployedAddress } from '../../cli/deploy/deployed-address.ts';
import { locateGateway } from '../../cli/admin-client/gateway-location.ts';
import { readWranglerSettings } from '../../cli/gateway-host/wrangler-settings.ts';
import { writeDeployment } from '../../cli/state-folder/deployment-file.ts';
import { rotateSigningKey } from '../../cli/state-folder/rotate-signing-key.ts';
import { readGatewaySecrets, storeGatewaySecrets } from '../../cli/state-folder/gateway-secrets.ts';
import { stateFolderPaths } from '../../cli/state-folder/state-folder.ts';
import { sha256 } from '../../protocol/credentials/digest.ts';
import { gatewayConfigSchema } from '../../worker/src/config/gateway-config-schema.ts';
import type { FakeCloudflare } from './fake-wrangler.ts';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

const HOME = { id: 'a1', name: 'Home' };
const URL = 'https://hearthkey.home.workers.dev';

let folder: TemporaryFolder;
let lines: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
  cloudflare({ accounts: [HOME], secrets: null, targets: [URL], calls: [], failing: {} });
  const program = folder.file('wrangler');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${process.cwd()}/test/cli/fake-wrangler.ts" "$@"\n`);
  chmodSync(program, 0o700);
  vi.stubEnv('HEARTHKEY_WRANGLER', program);
  vi.stubEnv('FAKE_WRANGLER_STATE', folder.file('cloudflare.json'));
  vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

/** Changes what Cloudflare has; says what it has. */
function cloudflare(change: Partial<FakeCloudflare> = {}): FakeCloudflare {
  const file = folder.file('cloudflare.json');
  const now = { ...(change.calls === undefined ? readWorld(file) : {}), ...change };
  writeFileSync(file, JSON.stringify(now));
  return now as FakeCloudflare;
}

function readWorld(file: string): Partial<FakeCloudflare> {
  return JSON.parse(readFileSync(file, 'utf8')) as FakeCloudflare;
}

function run(options: Partial<DeployOptions> = {}) {
  return deploy(
    { link: 'gpu', nodeOrigin: undefined, put: [], dryRun: false, state: folder.file('state'), ...options },
    (line) => lines.push(line),
  );
}

describe('the first run', () => {
  it('makes the secrets, puts them before the upload, and keeps the admin token where only its owner reads it', async () => {
    const result = await run();
    expect(result).toMatchObject({ gateway: URL, nodeOrigin: 'link:gpu', worker: 'hearthkey' });
    const { secrets, calls } = cloudflare();
    const state = stateFolderPaths(folder.file('state'));
    const token = readFileSync(state.adminToken, 'utf8').trim();
    expect(statSync(state.adminToken).mode & 0o777).toBe(0o600);
    expect(secrets).toMatchObject({ ADMIN_TOKEN_DIGEST: await sha256(token) });
    const settings = await readWranglerSettings('wrangler.toml');
    const config = gatewayConfigSchema.safeParse({ ...settings.vars, NODE_ORIGIN: result.nodeOrigin, ...secrets });
    expect(config.error).toBeUndefined();
    expect(calls.map(([first, second]) => (first === 'secret' ? `secret ${second ?? ''}` : first))).toEqual([
      'whoami',
      'secret list',
      'secret bulk',
      'deploy',
    ]);
  });

  it('shows no secret, neither among arguments nor in what it says; other commands find the gateway', async () => {
    const said = JSON.stringify([await run(), lines, cloudflare().calls]);
    const token = readFileSync(stateFolderPaths(folder.file('state')).adminToken, 'utf8').trim();
    const { d } = JSON.parse(cloudflare().secrets?.['NODE_SIGNING_KEY'] ?? '') as { d: string };
    for (const secret of [...Object.values(cloudflare().secrets ?? {}), token, d]) {
      expect(secret.length).toBeGreaterThan(40);
      expect(said).not.toContain(secret);
    }

    // And tells the other commands where the gateway is, and whose token it takes.
    const state = folder.file('state');
    const none = { gateway: undefined, adminToken: undefined };
    expect(await locateGateway({ state }, none)).toEqual({ gateway: URL, token });
    await expect(locateGateway({ state, gateway: 'https://other.example' }, none)).rejects.toThrow('not the gateway');
    expect((await readdir(state)).filter((name) => name.includes('report'))).toEqual([]);
  });
});

describe('a later run', () => {
  it('puts nothing that is there, from whichever state folder', async () => {
    await run();
    const before = cloudflare().secrets;
    expect((await run()).secretsPut).toEqual([]);
    expect((await run({ state: folder.file('elsewhere') })).secretsPut).toEqual([]);
    expect(cloudflare().secrets).toEqual(before);
    expect(await readdir(folder.file('elsewhere'))).toEqual(['deployment.json']);
  });

  it('puts a new admin token when the one before was lost and is asked for by name', async () => {
    await run();
    const state = stateFolderPaths(folder.file('state'));
    // The gateway at the edge, which does not answer here, has the former one.
    await writeDeployment(state, { worker: 'hearthkey', gateway: 'http://127.0.0.1:9' });
    const reset = await hearthkey(['admin', 'reset', '--state', state.folder]);
    expect(reset.stdout).toContain('hearthkey deploy --put ADMIN_TOKEN_DIGEST');
    expect((await run()).secretsPut).toEqual([]);
    expect((await run({ put: ['ADMIN_TOKEN_DIGEST'] })).secretsPut).toEqual(['ADMIN_TOKEN_DIGEST']);
    const token = readFileSync(state.adminToken, 'utf8').trim();
    expect(cloudflare().secrets).toMatchObject({ ADMIN_TOKEN_DIGEST: await sha256(token) });
  });

  it('puts one that went missing, the same as before; from a folder that does not know it, it refuses', async () => {
    await run();
    const { secrets } = cloudflare();
    const without = { ...secrets };
    Reflect.deleteProperty(without, 'NODE_SIGNING_KEY');
    cloudflare({ secrets: without });
    await expect(run({ state: folder.file('elsewhere') })).rejects.toThrow('name their state folder');
    expect((await run()).secretsPut).toEqual(['NODE_SIGNING_KEY']);
    expect(cloudflare().secrets).toEqual(secrets);
  });

  it('follows a rotation of the signing key: publishes both, signs with the new one, takes the old one away', async () => {
    await run();
    const old = cloudflare().secrets?.['NODE_SIGNING_KEY'];
    const state = stateFolderPaths(folder.file('state'));
    const step = async (name: 'publish' | 'activate' | 'finish') => {
      await storeGatewaySecrets(state, rotateSigningKey((await readGatewaySecrets(state))!, name));
    };
    await step('publish');
    expect((await run()).secretsPut).toEqual(['NODE_PUBLIC_KEYS']);
    expect(cloudflare().secrets?.['NODE_PUBLIC_KEYS']).not.toContain('"d"');
    await step('activate');
    expect((await run({ put: ['NODE_SIGNING_KEY'] })).secretsPut).toEqual(['NODE_SIGNING_KEY', 'NODE_PUBLIC_KEYS']);
    expect(cloudflare().secrets?.['NODE_SIGNING_KEY']).not.toBe(old);
    await step('finish');
    await run();
    expect(Object.keys(cloudflare().secrets ?? {}).sort()).toEqual([
      'ADMIN_TOKEN_DIGEST',
      'KEY_CHECK_SECRET',
      'NODE_SIGNING_KEY',
    ]);
  });
});

describe('nothing is uploaded', () => {
  const uploaded = () => cloudflare().calls.filter(([first, second]) => first === 'deploy' || second === 'bulk');

  it.each<[string, Partial<FakeCloudflare>, string]>([
    ['when nobody is logged in', { accounts: null }, 'npx wrangler login'],
    ['when it is open which account is meant', { accounts: [HOME, { id: 'a2', name: 'Work' }] }, 'Work: a2'],
    [
      'when the secrets cannot be listed',
      { failing: { 'secret list': 'Authentication error' } },
      'Authentication error',
    ],
  ])('%s', async (_when, world, sentence) => {
    cloudflare(world);
    await expect(run()).rejects.toThrow(sentence);
    expect(uploaded()).toEqual([]);
  });

  it('when the secrets could not be put, and the next run puts the same', async () => {
    cloudflare({ failing: { 'secret bulk': 'the line broke' } });
    await expect(run()).rejects.toThrow('the line broke');
    expect(uploaded()).toHaveLength(1);
    cloudflare({ failing: {} });
    await run();
    const { keyCheckSecret } = (await readGatewaySecrets(stateFolderPaths(folder.file('state'))))!;
    expect(cloudflare().secrets?.['KEY_CHECK_SECRET']).toBe(keyCheckSecret);
  });

  it.each<[string, (toml: string) => string, string]>([
    ['with a development key', (toml) => toml.replace('DEV_API_KEY = ""', 'DEV_API_KEY = "hk_"'), 'DEV_API_KEY'],
    [
      'whose clients have no address',
      (toml) => toml.replace('TRUST = "cloudflare"', 'TRUST = "none"'),
      'CLIENT_ADDRESS_TRUST',
    ],
    ['that nobody can reach', (toml) => toml.replace('workers_dev = true', 'workers_dev = false'), 'no route'],
    ['without KV', (toml) => toml.replace(/\[\[kv_namespaces\]\]\nbinding = "KEYS"/, ''), 'KEYS'],
    ['with an object that no migration makes', (toml) => toml.replace('["NodeLink"]', '[]'), 'NodeLink'],
    ['with a secret that nobody can make', (toml) => toml.replace('required = [', 'required = ["OTHER", '), 'OTHER'],
  ])('of a wrangler.toml %s', async (_what, edit, word) => {
    const toml = readFileSync('wrangler.toml', 'utf8');
    const edited = edit(toml);
    expect(edited).not.toBe(toml);
    writeFileSync(folder.file('wrangler.toml'), edited);
    const check = async () => {
      checkDeployment(await readWranglerSettings(folder.file('wrangler.toml')), { link: 'gpu', nodeOrigin: undefined });
    };
    await expect(check).rejects.toThrow(word);
  });

  it.each([
    'http://127.0.0.1:8788',
    'http://node.example',
    'https://localhost',
    'https://192.168.1.5',
    'https://[fe80::1]',
    'gpu',
  ])('with a node at %s, which the edge cannot reach', async (nodeOrigin) => {
    await expect(run({ link: undefined, nodeOrigin })).rejects.toThrow('which the edge cannot reach');
    expect(cloudflare().calls).toEqual([]);
  });

  it.each(['https://node.example', 'https://gpu.tailnet.ts.net', 'https://1.1.1.1:8443'])(
    'but with a node at %s it would be',
    async (nodeOrigin) => {
      const settings = await readWranglerSettings('wrangler.toml');
      expect(checkDeployment(settings, { link: undefined, nodeOrigin })).toBe(nodeOrigin);
    },
  );

  it('in a dry run, which is wrangler’s own: it builds, and makes no secret', async () => {
    const state = folder.file('state');
    const { exitCode, stdout, stderr } = await hearthkey(
      ['deploy', '--dry-run', '--node-origin', 'https://node.example', '--state', state, '--json'],
      { env: { HEARTHKEY_WRANGLER: '', HOME: folder.path } },
    );
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('--dry-run: exiting now')]);
    for (const binding of ['KEYS', 'ACCOUNT', 'REGISTRY', 'NODE_LINK', 'NODE_DIRECTORY'])
      expect(stderr).toContain(`env.${binding}`);
    expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, gateway: null, nodeOrigin: 'https://node.example' });
    expect(await readdir(folder.path)).not.toContain('state');
  });
});

it.each([
  [[URL], URL],
  [[`${URL}/`, 'api.example.com (custom domain)'], 'https://api.example.com'],
  [['example.com/api/* (zone name: example.com)'], null],
  [[], null],
])('an address among %j', (targets, address) => {
  const report = `{"type":"session"}\nnot JSON\n${JSON.stringify({ type: 'deploy', targets })}\n`;
  expect(deployedAddress(report)).toBe(address);
});
