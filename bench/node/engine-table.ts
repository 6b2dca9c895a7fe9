// The node benchmark's table of one model: medians over the rounds, ours beside the peer's.
import { formatTable } from '../harness/format-table.ts';
import { median } from '../harness/statistics.ts';
import type { EngineSample } from './measure-engine.ts';

/** What the ratio is to. */
const BASE = 'llama-server';
const BYTES_PER_MIB = 1_048_576;

export type SamplesByClients = ReadonlyMap<number, ReadonlyMap<string, readonly EngineSample[]>>;

export function engineTable(model: string, samples: SamplesByClients): string {
  const rows = [...samples].flatMap(([clients, byEngine]) => {
    const base = byEngine.get(BASE);
    return [...byEngine].map(([engine, list]) => [`${clients} · ${engine}`, ...cells(list, base)]);
  });
  const head = [
    'clients · engine',
    'tokens/s',
    `÷ ${BASE}`,
    'least–most',
    'first token ms',
    'last client',
    'CPU µs/token',
    '÷',
    'tokens in, out',
    'MiB',
  ];
  return `### ${model}\n\n${formatTable(head, rows)}\n\n${stepLines(samples)}`;
}

function cells(list: readonly EngineSample[], base: readonly EngineSample[] | undefined): string[] {
  const speeds = list.map(({ tokensPerSecond }) => tokensPerSecond);
  const cpu = medianCpu(list);
  const baseCpu = base === undefined ? null : medianCpu(base);
  return [
    median(speeds).toFixed(1),
    base === undefined ? '–' : (median(speeds) / median(base.map((one) => one.tokensPerSecond))).toFixed(2),
    `${Math.min(...speeds).toFixed(1)}–${Math.max(...speeds).toFixed(1)}`,
    median(list.map(({ firstTokenP50 }) => firstTokenP50)).toFixed(0),
    median(list.map(({ firstTokenMost }) => firstTokenMost)).toFixed(0),
    cpu === null ? '–' : cpu.toFixed(0),
    cpu === null || baseCpu === null ? '–' : (cpu / baseCpu).toFixed(2),
    `${median(list.map((one) => one.promptTokens)).toFixed(0)}, ${median(list.map((one) => one.completionTokens)).toFixed(0)}`,
    medianMib(list),
  ];
}

/** How many calls shared a step: a line for each number of clients, of the engine that tells. */
function stepLines(samples: SamplesByClients): string {
  const lines = [...samples].flatMap(([clients, byEngine]) =>
    [...byEngine].flatMap(([engine, list]) => {
      const shares = list.at(-1)?.stepShares ?? null;
      if (shares === null) return [];
      const told = shares.flatMap((share, calls) => (share < 0.005 ? [] : [`${calls}: ${(share * 100).toFixed(0)} %`]));
      return [`Steps by calls, ${engine}, ${clients} clients: ${told.join(', ')}\n`];
    }),
  );
  return lines.join('');
}

function medianMib(list: readonly EngineSample[]): string {
  const known = list.map(({ residentBytes }) => residentBytes).filter((value) => value !== null);
  return known.length === 0 ? '–' : (median(known) / BYTES_PER_MIB).toFixed(0);
}

function medianCpu(list: readonly EngineSample[]): number | null {
  const known = list.map(({ cpuPerToken }) => cpuPerToken).filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}
