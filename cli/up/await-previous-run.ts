// After a crash of `up` its children end by themselves, within a moment: a new `up` on the same state waits until they let go of
// ports and files, so that a service manager may restart at once.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { untilStateProcessEnds } from '../gateway-host/state-process-end.ts';
import type { Run } from '../state-folder/run-file.ts';

/** What the slowest of them, workerd watched once a second, needs with some room; in milliseconds. */
const MAX_WAIT_MS = 5_000;
const POLL_MS = 50;

/** Resolves when nobody has the state any more, nor listens where the last run did, or after five seconds. */
export async function awaitPreviousRun(run: Run | null, gatewayFolder: string): Promise<void> {
  if (run === null) return;
  const deadline = performance.now() + MAX_WAIT_MS;
  await untilStateProcessEnds(gatewayFolder, MAX_WAIT_MS);
  for (const url of [run.gateway, run.node]) {
    while (url !== null && (await answers(url)) && performance.now() < deadline) await delay(POLL_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(MAX_WAIT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
