// A model's report as text for a terminal.
import type { ModelReport } from './report-model.ts';

const MIB = 1_048_576;
const THOUSAND = 1000;
const NAME_WIDTH = 16;
const UNITS = ['', 'K', 'M', 'B'] as const;

export function describeReport(report: ModelReport): string {
  const { suggestion } = report;
  const advice =
    suggestion === null
      ? 'It does not fit into this machine\u2019s memory now, with any settings: take a smaller model or quantisation.\n'
      : `Suggested for this machine, as lines of the models file (.hearthkey/models.toml):\n\n${suggestion.toml}`;
  return `${fields([
    ['file', report.file],
    ...(report.name === null ? [] : [['name', report.name] as const]),
    ['model', report.title ?? 'not named in the file'],
    ['architecture', report.architecture],
    ['quantization', report.quantization ?? 'not stated'],
    ['parameters', countOf(report.parameters)],
    ['layers', String(report.layers)],
    ['heads', describeHeads(report)],
    ['trained context', report.trainedContext === null ? 'not stated' : `${report.trainedContext} tokens`],
    ['vocabulary', `${report.vocabulary} tokens`],
    ['chat template', report.chatTemplate ? 'in the file' : 'none: a fall-back is used'],
    report.isEncoder ? ['answers', 'none: it makes vectors (/v1/embeddings)'] : ['tools', report.toolFormat],
    ['on disk', `${mib(report.diskBytes)}${report.parts === 1 ? '' : ` in ${report.parts} files`}`],
  ])}\n${fields(describeMemory(report))}\n${advice}`;
}

function describeUse({ isEncoder, memory }: ModelReport): string {
  return isEncoder
    ? `texts of ${memory.contextSize} tokens, one at a time`
    : `${memory.sequences} calls at once, each with ${memory.contextSize} tokens of context`;
}

function describeMemory(report: ModelReport): (readonly [string, string])[] {
  const { memory } = report;
  const { bytes, available, gpu } = memory;
  const onGpu =
    gpu === null ? [] : [['on the GPU', `${mib(bytes.gpu)} of ${mib(available.gpu)} free (${gpu})`] as const];
  return [
    ['memory for', describeUse(report)],
    ['weights', mib(bytes.weights)],
    ['KV cache', mib(bytes.kvCache)],
    ['computing', mib(bytes.compute)],
    ...(report.isEncoder ? [] : [['attention', describeAttention(bytes)] as const]),
    ...onGpu,
    ['in RAM', `${mib(bytes.ram)} of ${mib(available.ram)} available`],
    ['fits', memory.fits ? 'yes' : 'no'],
  ];
}

function describeAttention({ flashAttention }: ModelReport['memory']['bytes']): string {
  return flashAttention === false ? 'plain' : 'flash';
}

function describeHeads({ heads, keyValueHeads }: ModelReport): string {
  if (heads === null) return 'none stated';
  return keyValueHeads === null || keyValueHeads === heads
    ? String(heads)
    : `${heads}, of keys and values ${keyValueHeads}`;
}

function fields(all: readonly (readonly [name: string, value: string])[]): string {
  return all.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${printable(value)}\n`).join('');
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}

/** For example `1.2B`. */
function countOf(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= THOUSAND && unit < UNITS.length - 1) {
    value /= THOUSAND;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)}${UNITS[unit] ?? ''}`;
}

/** A file's text on its way to a terminal: without control characters. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}
