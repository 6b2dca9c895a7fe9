// One command line, run to its end as a shell would, without the environment's own Hearthkey settings.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Half of a command's time is the compiling of its modules, the same each time. */
export const COMPILE_CACHE = join(tmpdir(), 'hearthkey-test-compile-cache');

export type CommandResult = { exitCode: number | null; stdout: string; stderr: string };

export type CommandOptions = { env?: Readonly<Record<string, string>>; program?: readonly [string, ...string[]] };

/** Runs `hearthkey` with these arguments. */
export async function hearthkey(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [command, ...before] = options.program ?? [process.execPath, 'cli/hearthkey.ts'];
  const child = spawn(command, [...before, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HEARTHKEY_GATEWAY: '',
      HEARTHKEY_ADMIN_TOKEN: '',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...options.env,
    },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { exitCode: child.exitCode, stdout, stderr };
}
