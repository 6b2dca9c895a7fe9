// The gateway's figures as the targets are stated: requests per second as a ratio to Portkey's at each number of connections, what
// is added to the median at the fewest, and what many keys change.
import { formatTable } from '../harness/format-table.ts';
import { median } from '../harness/statistics.ts';
import type { RequestSample } from './measure-requests.ts';

type Samples = ReadonlyMap<number, ReadonlyMap<string, readonly RequestSample[]>>;

/** `hearthkey-limits (1000 keys)`: the name of the peer, and how many keys it was given. */
const WITH_KEYS = /^(.*) \((\d+) keys\)$/;

export function summaryTable(samples: Samples): string {
  const connections = [...samples.keys()];
  const fewest = Math.min(...connections);
  const names = [...(samples.get(fewest)?.keys() ?? [])].filter((name) => name.startsWith('hearthkey'));
  const rows = names.map((name) => [
    name,
    ...connections.map((count) => ratio(rate(samples, count, name), rate(samples, count, 'portkey'))),
    milliseconds(latency(samples, fewest, name), latency(samples, fewest, 'direct')),
  ]);
  const head = ['peer', ...connections.map((count) => `÷ portkey at ${count}`), `added ms at ${fewest}`];
  return [`### In short\n\n${formatTable(head, rows)}\n`, ...keyTables(samples, names)].join('\n');
}

/** For each gateway that was started with several numbers of keys: the most beside the fewest. */
function keyTables(samples: Samples, names: readonly string[]): string[] {
  const counts = Map.groupBy(
    names.flatMap((name) => {
      const [, base, keys] = WITH_KEYS.exec(name) ?? [];
      return base === undefined ? [] : [{ name, base, keys: Number(keys) }];
    }),
    ({ base }) => base,
  );
  return [...counts].flatMap(([base, peers]) => {
    const [few, many] = [peers[0], peers.at(-1)];
    if (few === undefined || many === undefined || few === many) return [];
    const rows = [...samples.keys()].map((count) => [
      String(count),
      ratio(latency(samples, count, many.name), latency(samples, count, few.name)),
      ratio(rate(samples, count, many.name), rate(samples, count, few.name)),
    ]);
    const head = ['connections', 'p50, ratio', 'requests/s, ratio'];
    return [`### ${base}: ${many.keys} keys beside ${few.keys}\n\n${formatTable(head, rows)}\n`];
  });
}

function rate(samples: Samples, connections: number, name: string): number | null {
  return medianOf(samples.get(connections)?.get(name), ({ requestsPerSecond }) => requestsPerSecond);
}

/** Median of the rounds' medians, in microseconds. */
function latency(samples: Samples, connections: number, name: string): number | null {
  return medianOf(samples.get(connections)?.get(name), ({ p50 }) => p50);
}

function medianOf(list: readonly RequestSample[] | undefined, value: (sample: RequestSample) => number): number | null {
  return list === undefined ? null : median(list.map(value));
}

function ratio(value: number | null, base: number | null): string {
  return value === null || base === null ? '–' : (value / base).toFixed(2);
}

function milliseconds(value: number | null, base: number | null): string {
  return value === null || base === null ? '–' : ((value - base) / 1000).toFixed(2);
}
