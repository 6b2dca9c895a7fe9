// The end of the process that has the state, which is not our child but miniflare's to wait for. Its pid is the one that the launcher wrote
// just before it became workerd.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const STATE_PID_FILE = 'state.pid';
/** How often to look whether it is gone, in milliseconds. */
const POLL_MS = 20;

/**
 * Ends it gently: on SIGTERM workerd lets its answers end (seen with 1.20261102), where miniflare's own `dispose` is a SIGKILL. Resolves
 * when it is gone, or `deadlineMs` have passed.
 */
export function stopStateProcess(folder: string, deadlineMs: number): Promise<void> {
  return untilEnd(folder, deadlineMs, 'SIGTERM');
}

/** Resolves when none runs of those that were started in `folder`, or `deadlineMs` have passed. */
export function untilStateProcessEnds(folder: string, deadlineMs: number): Promise<void> {
  return untilEnd(folder, deadlineMs, 0);
}

async function untilEnd(folder: string, deadlineMs: number, first: NodeJS.Signals | 0): Promise<void> {
  const pid = Number.parseInt(await readFile(join(folder, STATE_PID_FILE), 'utf8').catch(() => ''), 10);
  if (Number.isNaN(pid)) return;
  const deadline = performance.now() + deadlineMs;
  let alive = signal(pid, first);
  while (alive && performance.now() < deadline) {
    await delay(POLL_MS);
    alive = signal(pid, 0);
  }
}

/** Whether the process was there to take the signal. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
