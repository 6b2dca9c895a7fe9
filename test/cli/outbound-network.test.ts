// Guarantee: a gateway that `hearthkey up` runs connects to nothing on this machine because a name says so: what the operator did
// not allow is refused by workerd itself, after the name was resolved.
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCallProcesses, type CallProcesses } from '../../cli/gateway-host/call-processes.ts';
import { outboundNetwork } from '../../cli/gateway-host/outbound-network.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

/** Fetches what it is told to. */
const SCRIPT = `export default { async fetch(request, env) {
  try { return await env.NETWORK.fetch(new URL(request.url).searchParams.get('url')); } catch { return new Response('refused'); }
} };`;

const server = createServer((_request, response) => response.end('reached'));
let usual: CallProcesses;
let allowed: CallProcesses;
let port: number;
let folder: TemporaryFolder;

beforeAll(async () => {
  // On every address of this machine, both kinds.
  server.listen(0, '::');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  folder = await temporaryFolder();
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

async function start(name: string, networks: string[]): Promise<CallProcesses> {
  await mkdir(folder.file(name));
  return startCallProcesses({
    settings: { compatibilityDate: '2026-11-01', compatibilityFlags: [], vars: {} },
    script: SCRIPT,
    host: '127.0.0.1',
    port: 0,
    workers: 1,
    nodeAddress: null,
    networks,
    vars: {},
    folder: folder.file(name),
    log: () => undefined,
  });
}

async function ask(host: CallProcesses, name: string): Promise<string> {
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
