// A node dials only where its token may go, and the token never stands among the arguments.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNodeConfig, type NodeConfigResult } from '../../../inference-node/config/node-config.ts';
import { temporaryFolder } from '../server/node-under-test.ts';

const TOKEN = `hkn_0123456789abcdef_${'s'.repeat(43)}${'c'.repeat(8)}`;
const GATEWAY = 'https://gateway.example';

function read(args: readonly string[], token?: string): NodeConfigResult {
  return readNodeConfig(args, { HEARTHKEY_NODE_TOKEN: token }, () => [{ id: 'embedded', file: 'embedded.gguf' }]);
}

describe('--gateway', () => {
  test('takes the token from the environment or a file, and needs no keys', () => {
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, `${TOKEN}\n`);
    const entry = { kind: 'link', target: { gateway: GATEWAY, token: TOKEN } };
    expect(read(['--gateway', `${GATEWAY}/`], TOKEN)).toMatchObject({ config: { entry } });
    expect(read(['--gateway', GATEWAY, '--token-file', file])).toMatchObject({ config: { entry } });
  });

  test.each(['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]:8787'])('may be %s', (gateway) => {
    expect(read(['--gateway', gateway], TOKEN)).toMatchObject({ config: { entry: { target: { gateway } } } });
  });

  test.each([
    ['http://gateway.example', 'must be the https URL'],
    ['http://127.0.0.1.example', 'must be the https URL'],
    ['ws://127.0.0.1', 'must be the https URL'],
    ['https://user:password@gateway.example', 'must be the https URL'],
    ['https://gateway.example/path', 'must be the https URL'],
    ['gateway.example', 'must be the https URL'],
  ])('may not be %s', (gateway, message) => {
    const result = read(['--gateway', gateway], TOKEN);
    expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining(message) as unknown });
  });

  test.each([undefined, '', 'hka_0123', `${TOKEN}x`])(
    'with the token %j is refused, and the token is not told',
    (token) => {
      const result = read(['--gateway', GATEWAY], token);
      expect(result).toMatchObject({ kind: 'failure', exitCode: 1 });
      if (token) expect(JSON.stringify(result)).not.toContain(token);
    },
  );

  test.each(['--host', '--port', '--node-id', '--gateway-keys'])('excludes %s', (flag) => {
    const result = read(['--gateway', GATEWAY, flag, '1'], TOKEN);
    expect(result).toMatchObject({ kind: 'failure', exitCode: 2, message: expect.stringContaining(flag) as unknown });
  });

  test('is what --token-file is for', () => {
    expect(read(['--token-file', 'x'])).toMatchObject({ kind: 'failure', exitCode: 2 });
  });
});
