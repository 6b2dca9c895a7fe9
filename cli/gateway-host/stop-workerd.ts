// Ends workerd gently: on SIGTERM it lets its answers end (seen with 1.20261102), where miniflare's own `dispose` is a SIGKILL
// that would cut the last bytes of a stream. The pid is the one that the launcher wrote just before it became workerd.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** How often to look whether it is gone, in milliseconds: it is not our child but miniflare's to wait for. */
const POLL_MS = 20;

/** Sends SIGTERM and waits until workerd is gone, or `deadlineMs` have passed. */
export async function stopWorkerd(pidFile: string, deadlineMs: number): Promise<void> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  const deadline = performance.now() + deadlineMs;
  let alive = signal(pid, 'SIGTERM');
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
