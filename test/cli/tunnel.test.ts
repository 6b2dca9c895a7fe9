// Guarantee: the configuration that is written leads to the node and nowhere else, and is not written over one that is there.
import { readFile } from 'node:fs/promises';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { hearthkey } from './hearthkey.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FLAGS = ['tunnel', 'cloudflared', '--hostname', 'node.example.com', '--port', '9001'];

it('hearthkey tunnel cloudflared writes a configuration, says what to run, and replaces none without --force', async () => {
  await using folder = await temporaryFolder();
  const out = ['--out', folder.file('tunnel one.yml')];
  const first = await hearthkey([...FLAGS, ...out, '--json']);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  const text = await readFile(folder.file('tunnel one.yml'), 'utf8');
  expect(await format(text, { parser: 'yaml' })).toBe(text);
  expect(text).toContain(`credentials-file: "${folder.file('hearthkey-node.json')}"
ingress:
  - hostname: node.example.com
    path: "^/(v1/|_node/|health/live$)"
    service: http://127.0.0.1:9001
  - service: http_status:404
`);
  const { origin, commands } = JSON.parse(first.stdout) as { origin: string; commands: string[] };
  expect(origin).toBe('https://node.example.com');
  expect(commands).toContain(`cloudflared tunnel --config '${folder.file('tunnel one.yml')}' run`);

  const again = await hearthkey(['tunnel', 'cloudflared', '--hostname', 'other.example.com', ...out]);
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--force') as unknown });
  expect(await readFile(folder.file('tunnel one.yml'), 'utf8')).toBe(text);
  expect(await hearthkey([...FLAGS, ...out, '--name', 'two', '--force'])).toMatchObject({ exitCode: 0 });
  expect(await readFile(folder.file('tunnel one.yml'), 'utf8')).toContain('tunnel: two\n');
});

it.each(['node', 'node.example.com\nx: y'])('the host name %j is refused', async (hostname) => {
  expect(await hearthkey(['tunnel', 'cloudflared', '--hostname', hostname])).toMatchObject({
    exitCode: 2,
    stdout: '',
  });
});
