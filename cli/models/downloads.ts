// The folder of downloads: which models lie there, wholly or in part. Nothing else in it is ever touched.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type Download = {
  /** Of a model in parts, the first. */
  path: string;
  /** What the model takes on the disk, all its parts and what was broken off included. */
  sizeBytes: number;
  /** False: the download was broken off. */
  complete: boolean;
  /** Names of its files in the folder. */
  files: string[];
};

/** The downloader's ending for what has come so far. */
const PARTIAL_ENDING = '.ipull';
const MODEL_FILE = /^.+\.gguf(?:\.ipull)?$/;
const PART = /-\d{5}-of-(\d{5})\.gguf$/;

/** By name. Empty when there is no such folder. */
export async function listDownloads(folder: string): Promise<Download[]> {
  const models = new Map<string, string[]>();
  for (const name of await namesIn(folder)) {
    if (!MODEL_FILE.test(name)) continue;
    const model = name.replace(PARTIAL_ENDING, '').replace(PART, '-00001-of-$1.gguf');
    models.set(model, [...(models.get(model) ?? []), name]);
  }
  const names = [...models.keys()].toSorted();
  return Promise.all(names.map((name) => describe(folder, name, models.get(name) ?? [])));
}

async function describe(folder: string, name: string, files: string[]): Promise<Download> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  const complete = !files.some((file) => file.endsWith(PARTIAL_ENDING));
  return { path: join(folder, name), sizeBytes: sizes.reduce((sum, size) => sum + size, 0), complete, files };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // A link is removed as a link: what it leads to is somebody else's.
    return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
