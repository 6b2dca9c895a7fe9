// What a peer adds to a stream: time to the first chunk, time under way of each chunk and so the gaps between them, and CPU
// time per chunk when many streams run fast.
import { Agent } from 'node:http';
import { alternate } from '../harness/alternate.ts';
import { treeCpuMicroseconds } from '../harness/cpu-time.ts';
import { median, percentile } from '../harness/statistics.ts';
import type { LinkTraffic, RunningPeer } from './peer.ts';
import { readStream, type StreamReading } from './read-stream.ts';
import { streamRequest } from './requests.ts';

/** One after the other, as one client does. */
const PACED_STREAMS = 10;
const PACED_CHUNKS = 30;
/** At once, for the CPU time of a chunk. */
const FAST_STREAMS = 16;
const FAST_CHUNKS = 400;
/** At once, 50 chunks a second each, for some seconds. */
const STEADY_STREAMS = 64;
const STEADY_CHUNKS = 150;

export type StreamSample = {
  /** Microseconds, at one client: from the request to its first chunk (the mock waits 10 ms before it). */
  firstChunk: number;
  /** Microseconds from the upstream's write to the client's read, of the chunks after the first. */
  transitP50: number;
  transitP99: number;
  /** How much a gap between two chunks was longer or shorter than the upstream made it, in microseconds. */
  gapErrorP50: number;
  gapErrorP99: number;
  /** Microseconds of the peer's process tree per chunk, 16 streams at once; null where it cannot be told. */
  cpuPerChunk: number | null;
  /** Share of one core that the peer's process tree takes for 64 streams of 50 chunks a second; null where it cannot be told. */
  steadyCore: number | null;
  /** What goes over the node's link per chunk then, both ways together; null: there is no link. */
  steadyLink: LinkTraffic | null;
};

/** Samples by peer's name. */
export async function measureStreams(
  peers: ReadonlyMap<string, RunningPeer>,
  rounds: number,
): Promise<Map<string, StreamSample[]>> {
  for (const peer of peers.values()) await sample(peer);
  return alternate([...peers.keys()], rounds, (name) => {
    const peer = peers.get(name);
    if (peer === undefined) throw new Error(`no peer ${name}`);
    return sample(peer);
  });
}

async function sample({ url, headers, pid, linkTraffic }: RunningPeer): Promise<StreamSample> {
  const agent = new Agent({ keepAlive: true });
  const paced: StreamReading[] = [];
  const pacedCall = { url, headers, agent, body: streamRequest(PACED_CHUNKS, 'mock-paced') };
  for (let index = 0; index < PACED_STREAMS; index++) paced.push(await readStream(pacedCall));

  const before = pid === null ? null : treeCpuMicroseconds(pid);
  const fastCall = { url, headers, agent, body: streamRequest(FAST_CHUNKS, 'mock') };
  await Promise.all(Array.from({ length: FAST_STREAMS }, () => readStream(fastCall)));
  const after = pid === null ? null : treeCpuMicroseconds(pid);

  const steadyCall = { url, headers, agent, body: streamRequest(STEADY_CHUNKS, 'mock-steady') };
  const trafficBefore = await linkTraffic?.();
  const cpuBefore = pid === null ? null : treeCpuMicroseconds(pid);
  const start = performance.now();
  await Promise.all(Array.from({ length: STEADY_STREAMS }, () => readStream(steadyCall)));
  const elapsedMicroseconds = (performance.now() - start) * 1000;
  const cpuAfter = pid === null ? null : treeCpuMicroseconds(pid);
  const trafficAfter = await linkTraffic?.();
  agent.destroy();

  const transits = paced.flatMap((reading) => reading.transits.slice(1));
  const gapErrors = paced.flatMap((reading) => gapErrorsOf(reading.transits));
  return {
    firstChunk: median(paced.map((reading) => reading.firstChunk)),
    transitP50: median(transits),
    transitP99: percentile(transits, 99),
    gapErrorP50: median(gapErrors),
    gapErrorP99: percentile(gapErrors, 99),
    cpuPerChunk: before === null || after === null ? null : (after - before) / (FAST_STREAMS * FAST_CHUNKS),
    steadyCore: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / elapsedMicroseconds,
    steadyLink:
      trafficBefore === undefined || trafficAfter === undefined ? null : perChunk(trafficBefore, trafficAfter),
  };
}

function perChunk(before: LinkTraffic, after: LinkTraffic): LinkTraffic {
  const chunks = STEADY_STREAMS * STEADY_CHUNKS;
  return { frames: (after.frames - before.frames) / chunks, bytes: (after.bytes - before.bytes) / chunks };
}

/** A gap at the client is the gap at the upstream plus the difference of the two chunks' times under way. */
function gapErrorsOf(transits: readonly number[]): number[] {
  return transits.slice(1).map((transit, index) => Math.abs(transit - (transits[index] ?? transit)));
}
