// Guarantee: whoever starts the launcher is never left waiting for somebody to read what it writes. miniflare waits until the
// configuration is written; a launcher that was gone before made `hearthkey up` hang while it stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';

/** More than a pipe holds. */
const CONFIGURATION = Buffer.alloc(1_000_000);

describe.each([
  { when: 'the gateway stops', env: { HEARTHKEY_STOPPING: '1' }, exitCode: 1 },
  { when: 'its parent is another', env: { HEARTHKEY_GUARDED: '1', HEARTHKEY_HOST_PID: '1' }, exitCode: 1 },
  {
    when: 'there is no workerd',
    env: { HEARTHKEY_WORKERD: '/nowhere/workerd', HEARTHKEY_WORKERD_FOLDER: '/' },
    exitCode: 127,
  },
])('when $when', ({ env, exitCode }) => {
  it('starts nothing, takes all that is written to it and fails', async () => {
    const launcher = spawn('cli/gateway-host/launch-workerd', [], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env['PATH'], HEARTHKEY_HOST_PID: String(process.pid), ...env },
    });
    const exited = once(launcher, 'exit');
    launcher.stdin.end(CONFIGURATION);
    await finished(launcher.stdin);
    expect(await exited).toEqual([exitCode, null]);
  });
});
