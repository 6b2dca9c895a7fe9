// Which file is meant by a name, and what is known of it: the catalogue's models, the embedded ones, files of the folder of
// downloads by their name, and any file by its path.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { embeddedModelFiles } from '../config/embedded-models.ts';
import { readCatalogue } from '../config/model-catalogue.ts';
import type { Expectation } from '../pull/verify-file.ts';

export type ModelFile = {
  /** Absolute. */
  path: string;
  /** In the catalogue, or of an embedded model; null: any other file. */
  name: string | null;
  /** What the catalogue or the embedded models' manifest say. */
  expected: Expectation;
};

export type ModelFileResult = { ok: true; file: ModelFile } | { ok: false; problem: string };

/** Finds the file. `directory`: where downloads lie. The problem is a sentence. */
export function findModelFile(wanted: string, directory: string): ModelFileResult {
  const known = knownFiles(directory);
  const named = known.find(({ name }) => name === wanted);
  const paths =
    named === undefined ? [wanted, join(directory, wanted), join(directory, `${wanted}.gguf`)] : [named.path];
  const path = paths.map((candidate) => resolve(candidate)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return { ok: true, file: describeFile(path, known) };
  if (named !== undefined) {
    return { ok: false, problem: `'${wanted}' is not here yet. Download it: hearthkey models pull ${wanted}` };
  }
  const names = known.map(({ name }) => name).join(', ');
  return {
    ok: false,
    problem: `There is no model '${wanted}': give a file, one in ${directory}, or a name of ${names}.`,
  };
}

/** The embedded models and every first file of a model in the folder of downloads. */
export async function listModelFiles(directory: string): Promise<ModelFile[]> {
  const known = knownFiles(directory);
  const names = await readdir(directory).catch(() => []);
  const downloads = names
    .filter((name) => name.endsWith('.gguf') && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/.test(name))
    .toSorted();
  const paths = [...embeddedModelFiles().map(({ path }) => path), ...downloads.map((name) => resolve(directory, name))];
  return paths.map((path) => describeFile(path, known));
}

function describeFile(path: string, known: readonly ModelFile[]): ModelFile {
  return known.find((file) => file.path === path) ?? { path, name: null, expected: { sizeBytes: null, sha256: null } };
}

function knownFiles(directory: string): ModelFile[] {
  const embedded = embeddedModelFiles().map(({ id, path, sizeBytes, sha256 }) => ({
    path: resolve(path),
    name: id,
    expected: { sizeBytes, sha256 },
  }));
  const catalogue = readCatalogue().models.map(({ name, file, sizeBytes, sha256 }) => ({
    path: resolve(directory, basename(file)),
    name,
    expected: { sizeBytes, sha256 },
  }));
  return [...embedded, ...catalogue];
}
