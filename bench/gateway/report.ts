// The gateway benchmark's tables: medians over the rounds, and beside them what the targets are stated in.
import { formatTable } from '../harness/format-table.ts';
import { median } from '../harness/statistics.ts';
import type { RequestSample } from './measure-requests.ts';
import type { StreamSample } from './measure-streams.ts';

/** Whose median the others' are compared with. */
const BASE = { throughput: 'portkey', latency: 'direct' } as const;

export function requestTable(connections: number, samples: ReadonlyMap<string, readonly RequestSample[]>): string {
  const rates = medians(samples, ({ requestsPerSecond }) => requestsPerSecond);
  const latencies = medians(samples, ({ p50 }) => p50);
  const rows = [...samples].map(([name, list]) => [
    name,
    (rates.get(name) ?? NaN).toFixed(0),
    ratio(rates.get(name), rates.get(BASE.throughput)),
    range(list.map(({ requestsPerSecond }) => requestsPerSecond)),
    optional(list.map(({ cpuPerRequest }) => cpuPerRequest)),
    milliseconds(latencies.get(name)),
    milliseconds(difference(latencies.get(name), latencies.get(BASE.latency))),
    milliseconds(median(list.map(({ p99 }) => p99))),
  ]);
  const title = `${connections} connection${connections === 1 ? '' : 's'}, whole answers`;
  const head = ['peer', 'requests/s', '÷ portkey', 'least–most', 'CPU µs/request', 'p50 ms', 'added ms', 'p99 ms'];
  return `### ${title}\n\n${formatTable(head, rows)}\n`;
}

export function streamTable(samples: ReadonlyMap<string, readonly StreamSample[]>): string {
  const first = medians(samples, ({ firstChunk }) => firstChunk);
  const transit = medians(samples, ({ transitP50 }) => transitP50);
  const rows = [...samples].map(([name, list]) => [
    name,
    milliseconds(difference(first.get(name), first.get(BASE.latency))),
    milliseconds(difference(transit.get(name), transit.get(BASE.latency))),
    milliseconds(median(list.map(({ transitP99 }) => transitP99))),
    milliseconds(median(list.map(({ gapErrorP50 }) => gapErrorP50))),
    milliseconds(median(list.map(({ gapErrorP99 }) => gapErrorP99))),
    optional(list.map(({ cpuPerChunk }) => cpuPerChunk)),
    optional(list.map(({ steadyCore }) => (steadyCore === null ? null : steadyCore * 100))),
    linkCell(list),
  ]);
  const head = [
    'peer',
    'first chunk, added ms',
    'chunk under way, added ms',
    'p99 ms',
    'gap off by ms',
    'p99 ms',
    'CPU µs/chunk',
    '64 steady: % of a core',
    'frames, bytes/chunk',
  ];
  return `### Streams: a chunk each 10 ms at 1 client; CPU at 16 fast streams\n\n${formatTable(head, rows)}\n`;
}

function linkCell(list: readonly StreamSample[]): string {
  const known = list.map(({ steadyLink }) => steadyLink).filter((value) => value !== null);
  if (known.length === 0) return '–';
  return `${median(known.map(({ frames }) => frames)).toFixed(2)}, ${median(known.map(({ bytes }) => bytes)).toFixed(0)}`;
}

function medians<Sample>(
  samples: ReadonlyMap<string, readonly Sample[]>,
  value: (sample: Sample) => number,
): Map<string, number> {
  return new Map([...samples].map(([name, list]) => [name, median(list.map(value))]));
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? '–' : (value / base).toFixed(2);
}

function difference(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined ? undefined : value - base;
}

/** Of microseconds. */
function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : (value / 1000).toFixed(2);
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
}

function optional(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? '–' : median(known).toFixed(0);
}
