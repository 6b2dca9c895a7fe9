// Requests per second, latency and CPU time per request, whole answers of about 1 KB, at several numbers of connections.
import { alternate } from '../harness/alternate.ts';
import { treeCpuMicroseconds } from '../harness/cpu-time.ts';
import type { LoadGenerator } from '../harness/load-generator.ts';
import type { RunningPeer } from './peer.ts';
import { WHOLE_REQUEST } from './requests.ts';

export type RequestSample = {
  requestsPerSecond: number;
  /** Microseconds. */
  p50: number;
  p99: number;
  /** Of the peer's process tree, in microseconds; null where it cannot be told. */
  cpuPerRequest: number | null;
};

export type RequestOptions = {
  load: LoadGenerator;
  connections: readonly number[];
  rounds: number;
  seconds: number;
};

/** Before anything is measured, every peer serves so long: code gets hot, connections are made. Seconds. */
const WARM_UP_SECONDS = 2;
const WARM_UP_CONNECTIONS = 16;

/** Samples by number of connections, then by peer's name. */
export async function measureRequests(
  peers: ReadonlyMap<string, RunningPeer>,
  { load, connections, rounds, seconds }: RequestOptions,
): Promise<Map<number, Map<string, RequestSample[]>>> {
  const names = [...peers.keys()];
  for (const name of names) await sample(name, peers, load, WARM_UP_CONNECTIONS, WARM_UP_SECONDS);
  const samples = new Map<number, Map<string, RequestSample[]>>();
  for (const count of connections) {
    samples.set(count, await alternate(names, rounds, (name) => sample(name, peers, load, count, seconds)));
  }
  return samples;
}

async function sample(
  name: string,
  peers: ReadonlyMap<string, RunningPeer>,
  load: LoadGenerator,
  connections: number,
  seconds: number,
): Promise<RequestSample> {
  const peer = peers.get(name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  const headers = { 'content-type': 'application/json', ...peer.headers };
  const before = cpuOf(peer);
  const result = await load.run({ url: peer.url, headers, body: WHOLE_REQUEST }, connections, seconds);
  const after = cpuOf(peer);
  if (result.errors > 0) throw new Error(`${name}: ${result.errors} of ${result.requests} requests failed`);
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    cpuPerRequest: before === null || after === null ? null : (after - before) / result.requests,
  };
}

function cpuOf({ pid }: RunningPeer): number | null {
  return pid === null ? null : treeCpuMicroseconds(pid);
}
