// Sends one request over and over through some connections and says how fast the answers came. wrk when it is installed: it
// costs a few microseconds a request, so the client is never what is measured. Else Node's own client, and the results say so.
import { findProgram } from './find-program.ts';
import { nodeLoad } from './node-load.ts';
import { wrkLoad } from './wrk-load.ts';

export type LoadRequest = {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
};

export type LoadResult = {
  requests: number;
  seconds: number;
  /** Latency of single requests, in microseconds. */
  p50: number;
  p99: number;
  /** Answers that were not 2xx, and broken connections. Above 0 the measurement is worth nothing. */
  errors: number;
};

export interface LoadGenerator {
  readonly name: string;
  /** `connections` clients, each with one request under way at any time, for `seconds`. */
  run(request: LoadRequest, connections: number, seconds: number): Promise<LoadResult>;
}

/** The best one that is here. `folder`: for its files. */
export function chooseLoadGenerator(folder: string): LoadGenerator {
  const wrk = findProgram('wrk');
  return wrk === null ? nodeLoad() : wrkLoad(wrk, folder);
}
