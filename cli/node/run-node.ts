// The inference node's own program, with this terminal. It hears of signals through us, once each, and ends when we are gone.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment, readNodeToken } from '../config/environment.ts';
import { PROJECT_FILES } from '../config/project-files.ts';

/** When a signal ended the node; by convention 128 plus SIGKILL's number, which alone ends it so. */
const EXIT_KILLED = 137;

/** Runs the node and resolves with its exit code. */
export async function runNode(flags: readonly string[]): Promise<number> {
  const token = readNodeToken();
  const child = fork(PROJECT_FILES.nodeEntryPoint, flags, {
    env: { ...childEnvironment({}), ...(token === undefined ? {} : { HEARTHKEY_NODE_TOKEN: token }) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Its own process group: otherwise a Ctrl-C would reach it twice, which means "at once".
    detached: true,
  });
  const exited = once(child, 'exit');
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  await exited;
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return child.exitCode ?? EXIT_KILLED;
}
