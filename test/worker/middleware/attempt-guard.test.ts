// Floods of junk are refused before they cost anything, and lock nobody out: no key, no neighbour, no operator.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { env } from 'cloudflare:workers';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { callAdmin } from '../admin-api.ts';
import { TEST_ADMIN_TOKEN, TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';
import { makeKey, testGateway, testNode, type TestGateway } from '../test-gateway.ts';

/** What is presented, each time anew. */
type Junk = () => string | null | Promise<string | null>;
type Flooded = { failed: number; response: Response };

const NODE = await testNode();
const FLOODER = '203.0.113.66';
const NEIGHBOUR = '203.0.113.7';
/** More than any budget holds at once for a known address. */
const FLOOD = 100;

/** How often a binding that costs something was touched. */
let touched = 0;

function counted<Binding extends object>(binding: Binding): Binding {
  return new Proxy(binding, {
    get(target, property) {
      touched++;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function gatewayWithProxy(settings: Record<string, unknown> = {}): TestGateway {
  return testGateway({
    NODE_ORIGIN: NODE.origin,
    CLIENT_ADDRESS_TRUST: 'proxy',
    KEYS: counted(env.KEYS),
    ACCOUNT: counted(env.ACCOUNT),
    REGISTRY: counted(env.REGISTRY),
    ...settings,
  });
}

let gateway: TestGateway;
let good: { id: string; key: string };

beforeAll(async () => {
  good = await makeKey();
});

beforeEach(() => {
  // The clock stands still but for what a test turns it by: budgets refill by time alone.
  vi.useFakeTimers({ toFake: ['Date'] });
  gateway = gatewayWithProxy();
  touched = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

function from(address: string | null, credential: string | null): RequestInit {
  const headers = new Headers();
  if (address !== null) headers.set('x-forwarded-for', address);
  if (credential !== null) headers.set('authorization', `Bearer ${credential}`);
  return { headers };
}

function listModels(address: string | null, credential: string | null, own = gateway): Promise<Response> {
  return own.send('/v1/models', from(address, credential));
}

/** A key that this gateway's secret made and that no account knows. */
async function unknownKey(keyId = randomId()): Promise<string> {
  return (await mintCredential('api-key', keyId, await importCheckKeys(TEST_KEY_CHECK_SECRET))).text;
}

/** Presents junk until it is refused by 429, and says how often it got a 401 before. */
async function flood(address: string | null, junk: Junk, path = '/v1/models'): Promise<Flooded> {
  for (let failed = 0; failed < FLOOD * 20; failed++) {
    const response = await gateway.send(path, from(address, await junk()));
    if (response.status === 429) return { failed, response };
    expect(response.status).toBe(401);
  }
  throw new Error('the flood was never refused');
}

describe('a flood of bad keys from one address', () => {
  it.for<readonly [string, Junk]>([
    ['malformed', () => 'sk-nonsense'],
    ['missing', () => null],
    ['invented', () => `hk_${'a'.repeat(16)}_${'b'.repeat(51)}`],
    ['unknown to every account', () => unknownKey()],
  ])('%s: is refused after 60, whatever comes then, without touching index or objects', async ([, junk]) => {
    const { failed, response } = await flood(FLOODER, junk);
    expect(failed).toBe(60);
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded', type: 'rate_limit_error' } });
    expect(gateway.records.at(-1)).toMatchObject({ status: 429, reason: 'too_many_failed_attempts' });
    const key = await unknownKey();
    touched = 0;
    const hmac = vi.spyOn(crypto.subtle, 'sign');
    for (let more = 0; more < FLOOD; more++) expect((await listModels(FLOODER, key)).status).toBe(429);
    expect(touched).toBe(0);
    expect(hmac).not.toHaveBeenCalled();
    hmac.mockRestore();
  });

  it('leaves other addresses alone', async () => {
    await flood(FLOODER, () => 'junk');
    expect((await listModels(NEIGHBOUR, 'junk')).status).toBe(401);
    expect((await listModels(NEIGHBOUR, good.key)).status).toBe(200);
  });

  it('lets a key pass that this isolate has seen succeed, from the very same address', async () => {
    expect((await listModels(NEIGHBOUR, good.key)).status).toBe(200);
    await flood(FLOODER, () => 'junk');
    expect((await listModels(FLOODER, good.key)).status).toBe(200);
  });

  it('never locks a key out: wrong secrets with its id from anywhere leave it working everywhere else', async () => {
    for (const address of [FLOODER, '2001:db8::66', '198.51.100.1']) await flood(address, () => unknownKey(good.id));
    expect((await listModels(NEIGHBOUR, good.key)).status).toBe(200);
  });

  it('ends after Retry-After, and not before', async () => {
    const { response } = await flood(FLOODER, () => 'junk');
    const seconds = Number(response.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    vi.setSystemTime(Date.now() + seconds * 1000 - 1);
    expect((await listModels(FLOODER, good.key)).status).toBe(429);
    vi.setSystemTime(Date.now() + 1);
    expect((await listModels(FLOODER, good.key)).status).toBe(200);
    expect((await listModels(FLOODER, 'junk')).status).toBe(401);
    expect((await listModels(FLOODER, 'junk')).status).toBe(429);
  });

  it('counts an IPv6 network of 64 bits as one address', async () => {
    let host = 0;
    for (; host < 60; host++) expect((await listModels(`2001:db8:0:1::${host}`, 'junk')).status).toBe(401);
    expect((await listModels('2001:db8:0:1:ffff::1', 'junk')).status).toBe(429);
    expect((await listModels('2001:db8:0:2::1', 'junk')).status).toBe(401);
  });

  it('is told apart on /predict by the status, in the shape that /predict promises', async () => {
    await flood(FLOODER, () => 'junk');
    const response = await gateway.send('/predict', { ...from(FLOODER, 'junk'), method: 'POST' });
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({ error: expect.stringContaining('Too many attempts') as string });
  });
});

describe('what counts as known to be good', () => {
  it('a revoked key passes the guard once more at most', async () => {
    const other = await makeKey();
    expect((await listModels(FLOODER, other.key)).status).toBe(200);
    // A revocation waits for time to pass.
    vi.useRealTimers();
    expect((await callAdmin('POST', `/admin/keys/${other.id}/revoke`)).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'] });
    await flood(FLOODER, () => 'junk');
    const statuses = [];
    for (let tries = 0; tries < 3; tries++) statuses.push((await listModels(FLOODER, other.key)).status);
    expect(statuses).toEqual([401, 429, 429]);
  });

  it('a key that was never admitted is not, however its requests end', async () => {
    const key = await unknownKey();
    for (const path of ['/v1/models', '/v1/models/x', '/nothing', '/health', '/v1/chat/completions']) {
      await gateway.send(path, from(NEIGHBOUR, key));
    }
    await flood(FLOODER, () => 'junk');
    expect((await listModels(FLOODER, key)).status).toBe(429);
  });
});

describe('while addresses are not known', () => {
  it('junk shares one budget, and a key that was seen to succeed passes', async () => {
    expect((await listModels(null, good.key)).status).toBe(200);
    const { failed } = await flood(null, () => 'junk');
    expect(failed).toBe(1_000);
    expect((await listModels(null, 'junk')).status).toBe(429);
    expect((await listModels(null, good.key)).status).toBe(200);
    vi.setSystemTime(Date.now() + 10);
    expect((await listModels(null, (await makeKey()).key)).status).toBe(200);
  });

  it('no header of the caller is taken for an address when nobody is trusted', async () => {
    gateway = gatewayWithProxy({ CLIENT_ADDRESS_TRUST: 'none' });
    for (let tries = 0; tries < FLOOD; tries++) expect((await listModels(FLOODER, 'junk')).status).toBe(401);
  });
});

describe('admin tokens', () => {
  const USERS = '/admin/users';

  it('a flood of bad ones is refused after 10, without touching the Registry', async () => {
    const keys = await importCheckKeys(TEST_KEY_CHECK_SECRET);
    const junk = async () => (await mintCredential('admin-token', randomId(), keys)).text;
    const { failed, response } = await flood(FLOODER, junk, USERS);
    expect(failed).toBe(10);
    expect(Number(response.headers.get('retry-after'))).toBe(6);
    touched = 0;
    expect((await gateway.send(USERS, from(FLOODER, await junk()))).status).toBe(429);
    expect(touched).toBe(0);
    expect((await gateway.send(USERS, from(NEIGHBOUR, await junk()))).status).toBe(401);
  });

  it('the root token passes from the flooded address, also before this isolate has seen it', async () => {
    await flood(FLOODER, () => 'junk', USERS);
    expect((await gateway.send(USERS, from(FLOODER, TEST_ADMIN_TOKEN))).status).toBe(200);
  });

  it('bad ones take nothing from the budget of keys', async () => {
    await flood(FLOODER, () => 'junk', USERS);
    expect((await listModels(FLOODER, 'junk')).status).toBe(401);
  });
});
