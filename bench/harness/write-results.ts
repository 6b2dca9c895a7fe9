// Keeps a benchmark's raw values, beside what they were measured on, as JSON in bench/results/ (not committed).
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';

const FOLDER = join(import.meta.dirname, '../results');

/** Writes the file; resolves to its path, relative to the working folder. */
export async function writeResults(benchmark: string, results: object): Promise<string> {
  const at = new Date().toISOString();
  const machine = {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    load: loadavg()[0],
  };
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `${benchmark}-${at.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(path, `${JSON.stringify({ benchmark, at, machine, ...results }, null, 2)}\n`);
  return relative(process.cwd(), path);
}
