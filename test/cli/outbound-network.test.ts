// Guarantee: a gateway that `hearthkey up` runs connects to nothing on this machine because a name says so: what the operator did
// not allow is refused by workerd itself, after the name was resolved.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatewayHost, type GatewayHost } from '../../cli/gateway-host/gateway-host.ts';
import { outboundNetwork } from '../../cli/gateway-host/outbound-network.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

/** Fetches what it is told to. */
const SCRIPT = `export default { async fetch(request, env) {
  try { return await env.NETWORK.fetch(new URL(request.url).searchParams.get('url')); } catch { return new Response('refused'); }
} };`;

const server = createServer((_request, response) => response.end('reached'));
let usual: GatewayHost;
let allowed: GatewayHost;
let port: number;
let folder: TemporaryFolder;

beforeAll(async () => {
  // On every address of this machine, both kinds.
  server.listen(0, '::');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  folder = await temporaryFolder();
  // One after the other: a host's settings for its workerd are the process's.
  usual = await start('usual', []);
  allowed = await start('allowed', ['loopback']);
});

afterAll(async () => {
  await usual.stop(0);
  await allowed.stop(0);
  server.closeAllConnections();
  server.close();
  await folder[Symbol.asyncDispose]();
});

function start(name: string, networks: string[]): Promise<GatewayHost> {
  return startGatewayHost({
    settings: {
      name,
      main: '',
      compatibilityDate: '2026-11-01',
      compatibilityFlags: [],
      vars: {},
      kvNamespaces: [],
      durableObjects: [],
    },
    script: SCRIPT,
    host: '127.0.0.1',
    port: 0,
    nodeAddress: null,
    networks,
    vars: {},
    storage: folder.file(name),
    workerdPidFile: folder.file(`${name}.pid`),
    log: () => undefined,
    onFailure: () => undefined,
  });
}

async function ask(host: GatewayHost, name: string): Promise<string> {
  const url = encodeURIComponent(`http://${name}:${port}/`);
  return (await fetch(`${host.url}/?url=${url}`)).text();
}

it.each(['localhost', '127.0.0.1', '127.8.8.8', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '[::]', '[::ffff:0.0.0.0]'])(
  'reaches no service of this machine as %s',
  async (name) => {
    expect(await ask(usual, name)).toBe('refused');
  },
);

it('reaches this machine by its name when that was allowed', async () => {
  expect(await ask(allowed, 'localhost')).toBe('reached');
});

const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
const lan = own.find(({ internal, family }) => !internal && family === 'IPv4')?.address;

it.skipIf(lan === undefined)('reaches private addresses, where nodes are', async () => {
  expect(await ask(usual, String(lan))).toBe('reached');
});

it('denies metadata services even to a machine that allows itself', () => {
  expect(outboundNetwork(['loopback']).deny).toEqual(
    expect.arrayContaining(['169.254.0.0/16', 'fe80::/10', '100.100.100.200/32', 'fd00:ec2::254/128']),
  );
});
