// Guarantee: an admin token goes to its own gateway and to nobody else.
import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { adminRequest } from '../../cli/admin-client/admin-request.ts';
import { locateGateway } from '../../cli/admin-client/gateway-location.ts';
import { userSchema } from '../../protocol/admin/admin-user.ts';
import { loadAdminToken } from '../../cli/state-folder/admin-token.ts';
import { loadGatewaySecrets } from '../../cli/state-folder/gateway-secrets.ts';
import { writeRunFile } from '../../cli/state-folder/run-file.ts';
import { openStateFolder, type StateFolder } from '../../cli/state-folder/state-folder.ts';
import { listenOnLoopback } from '../loopback-node/loopback-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

const NOTHING = { gateway: undefined, adminToken: undefined };
const OWN = 'http://127.0.0.1:8787';

async function runningState(path: string): Promise<{ state: StateFolder; token: string }> {
  const state = await openStateFolder(path);
  const { token } = await loadAdminToken(state, await loadGatewaySecrets(state));
  await writeRunFile(state, { pid: process.pid, gateway: OWN, node: null });
  return { state, token };
}

describe('gateway and token', () => {
  it('come from the state folder when nothing else is said', async () => {
    await using folder = await temporaryFolder();
    const { token } = await runningState(folder.path);
    expect(await locateGateway({ state: folder.path }, NOTHING)).toEqual({ gateway: OWN, token });
    expect(await locateGateway({ state: folder.path, gateway: `${OWN}/` }, NOTHING)).toEqual({ gateway: OWN, token });
  });

  it('are taken from flags before the environment', async () => {
    await using folder = await temporaryFolder();
    const { token } = await runningState(folder.path);
    const environment = { gateway: 'https://edge.example', adminToken: 'hka_env' };
    const state = folder.file('none');
    expect(await locateGateway({ state }, environment)).toEqual({ gateway: environment.gateway, token: 'hka_env' });
    const adminTokenFile = folder.file('admin-token');
    const flags = { state, gateway: 'https://other.example', adminTokenFile };
    expect(await locateGateway(flags, environment)).toEqual({ gateway: 'https://other.example', token });
  });

  it('never pair the state folder’s token with another gateway', async () => {
    await using folder = await temporaryFolder();
    await runningState(folder.path);
    for (const gateway of ['https://edge.example', 'http://127.0.0.1:8788', 'http://127.0.0.1.example:8787']) {
      await expect(locateGateway({ state: folder.path, gateway }, NOTHING)).rejects.toThrow('--admin-token-file');
    }
  });

  it('say so when the token file is missing or holds something else', async () => {
    await using folder = await temporaryFolder();
    const { state } = await runningState(folder.path);
    const missing = { state: folder.path, adminTokenFile: folder.file('missing') };
    await expect(locateGateway(missing, NOTHING)).rejects.toThrow('There is no file');
    await writeFile(state.adminToken, 'something');
    await expect(locateGateway({ state: folder.path }, NOTHING)).rejects.toThrow('hearthkey admin reset');
  });

  it('are not carried along by a redirect', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    const elsewhere = await listenOnLoopback(other);
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { location: `${elsewhere}/` }).end();
    });
    const target = { gateway: await listenOnLoopback(redirecting), token: 'hka_secret' };
    const call = { method: 'GET', path: '/admin/users/abcdefgh', answer: userSchema } as const;
    await expect(adminRequest(target, call)).rejects.toThrow('No gateway answers');
    expect(seen).toEqual([]);
    other.close();
    redirecting.close();
  });
});
