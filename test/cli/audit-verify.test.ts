// Guarantee: `audit verify` looks at every chain, says which ones are broken and tells the shell so.
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { listenOnLoopback } from '../loopback-node/loopback-server.ts';
import { hearthkey } from './hearthkey.ts';

const user = {
  object: 'user',
  name: 'n',
  external_id: null,
  disabled: false,
  limits: null,
  metadata: {},
  created_at: 0,
};
/** Two pages of users. */
const IDS = ['aaaaaaaa', 'bbbbbbbb'];

function answer(url: URL): unknown {
  if (url.pathname === '/admin/users') {
    const index = url.searchParams.has('after') ? 1 : 0;
    const id = IDS[index] ?? '';
    return { object: 'list', data: [{ ...user, id }], first_id: id, last_id: id, has_more: index === 0 };
  }
  const chain = url.searchParams.get('chain');
  const broken = [
    { sequence: 2, problem: 'changed' },
    { sequence: 4, problem: 'cut_off' },
  ];
  const problems = chain === 'bbbbbbbb' ? broken : [];
  return { object: 'audit_verification', chain, entries: 3, head_sequence: 4, problems };
}

it('every user’s chain is looked at, and a broken one is named', async () => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(new URL(request.url ?? '', 'http://gateway'))));
  });
  const gateway = await listenOnLoopback(server);
  const env = { HEARTHKEY_GATEWAY: gateway, HEARTHKEY_ADMIN_TOKEN: 'hka_x' };
  const result = await hearthkey(['audit', 'verify'], { env });
  expect(result).toEqual({
    exitCode: 1,
    stdout: 'keys of user bbbbbbbb: changed at 2, cut_off at 4\n9 acts in 3 chains: something is wrong in 1.\n',
    stderr: '',
  });
  const json = await hearthkey(['audit', 'verify', '--json'], { env });
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ chains: 3, entries: 9, broken: [{ chain: 'bbbbbbbb' }] });
  server.close();
});
