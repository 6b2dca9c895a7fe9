// The benchmark with many keys writes a gateway's state itself: the gateway must take it for its own, else another thing is measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminRequests } from '../../bench/gateway/admin-requests.ts';
import { GatewayProgram } from '../../bench/gateway/gateway-program.ts';
import { KeyStates } from '../../bench/gateway/many-keys/key-states.ts';
import { objectId } from '../../bench/gateway/many-keys/object-id.ts';

/** Nothing listens there: these gateways answer no call. */
const NO_NODE = '9';
const KEYS = 120;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthkey-keys-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('a state with many keys', () => {
  it('is the gateway’s own: its keys work, are listed and found, and none is missing in the index', async () => {
    const state = join(folder, 'copy');
    // Presents one of the keys, and has the gateway compare index and accounts.
    await new KeyStates(folder, NO_NODE).copyTo(state, KEYS);
    await using gateway = await GatewayProgram.start({ folder, state, node: { port: NO_NODE } });
    const admin = new AdminRequests(gateway.admin);
    const names = async (query: Record<string, string>): Promise<string[]> =>
      (await admin.timeKeyPage({ limit: '100', ...query })).page.data.map(({ name }) => name);
    const newest = await names({});
    expect(newest.slice(0, 2)).toEqual(['key 119', 'key 118']);
    expect(newest).toHaveLength(100);
    expect(await names({ q: 'key 57' })).toEqual(['key 57']);
    const { page } = await admin.timeKeyPage({ q: 'key 57' });
    expect(await names({ user_id: page.data[0]?.user_id ?? '' })).toHaveLength(50);
    expect(await names({ q: page.data[0]?.id ?? '' })).toEqual(['key 57']);
  });
});

describe('objectId', () => {
  it('is workerd’s own', () => {
    const seen = '978434225f620a6abd752309b48cd032e82853949ca6ce25f1b687d87bc0061a';
    expect(objectId('hearthkey-Account', 'xGHuqkyL')).toBe(seen);
  });
});
