// What a load generator is: it sends one request over and over through some connections and says how fast the answers came.

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
