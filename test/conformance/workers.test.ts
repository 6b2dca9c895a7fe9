// Requirement: a gateway of several processes is one gateway: what one of them is told holds for all, clients reach nothing but HTTP, and
// who of them dies takes only its own answers along.
import { once } from 'node:events';
import { connect } from 'node:net';
import { HOST_CAPNP_CONNECT } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { askAdminOf } from './ask-admin.ts';
import { gatewayProcesses, killGateway } from './gateway-processes.ts';
import { listeningSockets } from './listening-sockets.ts';
import { startProduct, type Product } from './product.ts';

const WORKERS = 3;
/** As many as reach every process: the kernel spreads connections by their ports. */
const CONNECTIONS = 40;

let product: Product;
let admin: ReturnType<typeof askAdminOf>;

beforeAll(async () => {
  product = await startProduct({ flags: ['--workers', String(WORKERS)] });
  admin = askAdminOf(product);
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

const createdSchema = z.object({ id: z.string(), key: z.string() });

async function newKey(limits?: object): Promise<{ id: string; key: string }> {
  const { id } = z
    .object({ id: z.string() })
    .parse(await admin('POST', '/admin/users', { name: `user ${crypto.randomUUID()}` }));
  return createdSchema.parse(await admin('POST', '/admin/keys', { user_id: id, name: 'a key', limits }));
}

/** A call on a connection of its own; 0: the connection broke. */
async function statusOf(key: string): Promise<number> {
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ model: 'tiny-llama', messages: [{ role: 'user', content: 'hi' }], max_tokens: 1 }),
  };
  try {
    const response = await fetch(`${product.gateway}/v1/chat/completions`, init);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function statuses(key: string, count = CONNECTIONS): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => statusOf(key)));
}

describe('processes of one gateway', () => {
  it('are as many as wanted, all on its port', async () => {
    const pids = await gatewayProcesses(product, 'calls');
    expect(pids).toHaveLength(WORKERS);
    const sockets = await Promise.all(pids.map(listeningSockets));
    expect(new Set(sockets.map(([socket]) => socket)).size).toBe(1);
    const port = Number(new URL(product.gateway).port).toString(16).toUpperCase().padStart(4, '0');
    expect(sockets[0]).toEqual([expect.stringMatching(`:${port}$`)]);
  });

  it('all refuse a key once it is revoked', async () => {
    const { id, key } = await newKey();
    expect(new Set(await statuses(key))).toEqual(new Set([200]));
    await admin('POST', `/admin/keys/${id}/revoke`);
    expect(new Set(await statuses(key))).toEqual(new Set([401]));
  });

  it('together let through exactly what a limit allows', async () => {
    const { key } = await newKey({ requests_per_day: 25 });
    const seen = await statuses(key, 60);
    expect(seen.filter((status) => status === 200)).toHaveLength(25);
    expect(seen.filter((status) => status === 429)).toHaveLength(35);
  });
});

describe('clients', () => {
  it('cannot open the runtime’s own RPC', async () => {
    const { hostname, port } = new URL(product.gateway);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`CONNECT ${HOST_CAPNP_CONNECT} HTTP/1.1\r\nHost: ${HOST_CAPNP_CONNECT}\r\n\r\n`);
    const [answer] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/);
    socket.destroy();
  });
});

describe('when one that answers calls dies', () => {
  it('another is in its place, and the rest went on', async () => {
    const { key } = await newKey();
    const before = await gatewayProcesses(product, 'calls');
    const others = before.slice(1);
    await killGateway(product, 'calls');
    while ((await gatewayProcesses(product, 'calls')).length < WORKERS);
    expect(await gatewayProcesses(product, 'calls')).toEqual(expect.arrayContaining(others));
    while ((await statuses(key)).some((status) => status !== 200));
  });
});

describe('when the one that has the state dies', () => {
  it('calls get a proper answer meanwhile, and the same key works again', async () => {
    const { key } = await newKey();
    const pids = await gatewayProcesses(product, 'calls');
    await killGateway(product, 'state');
    for (let status = 0; status !== 200;) {
      status = await statusOf(key);
      expect([200, 503]).toContain(status);
    }
    expect(await gatewayProcesses(product, 'calls')).toEqual(pids);
    expect(z.looseObject({ data: z.array(z.unknown()) }).parse(await admin('GET', '/admin/users')).data).not.toEqual(
      [],
    );
  });
});
