// Removes a downloaded model from the disk: all its parts, and what a broken-off download left. Only what lies in the folder of
// downloads: a model that somebody put elsewhere is theirs.
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { modelCatalogueSchema } from '../../protocol/catalogue/model-catalogue.ts';
import { CliFailure } from '../cli-failure.ts';
import { PROJECT_FILES } from '../config/project-files.ts';
import { listDownloads, type Download } from './downloads.ts';

/** The download that is meant by a name of the catalogue, a file name or a path. Throws a `CliFailure` when there is none. */
export async function findDownload(wanted: string, folder: string): Promise<Download> {
  const catalogue = modelCatalogueSchema.parse(
    JSON.parse(await readFile(join(PROJECT_FILES.models, 'catalogue.json'), 'utf8')),
  );
  const file = catalogue.models.find(({ name }) => name === wanted)?.file ?? fileNameOf(wanted, folder);
  const downloads = await listDownloads(folder);
  const found = downloads.find(({ path, files }) => basename(path) === file || files.includes(file));
  const shown = relative(process.cwd(), folder);
  if (found !== undefined) return found;
  throw new CliFailure(`There is no model '${wanted}' in ${shown}; hearthkey models list shows what is there.`);
}

/** Removes its files; resolves with the bytes that this freed. */
export async function removeDownload({ sizeBytes, files }: Download, folder: string): Promise<number> {
  for (const file of files) await rm(join(folder, file));
  return sizeBytes;
}

function fileNameOf(wanted: string, folder: string): string {
  const name = basename(wanted);
  const isPath = name !== wanted;
  if (isPath && dirname(resolve(wanted)) !== resolve(folder)) {
    const shown = relative(process.cwd(), folder);
    throw new CliFailure(`${wanted} is not in ${shown}, and only what lies there is removed; delete it by hand.`);
  }
  return name.endsWith('.gguf') || name.endsWith('.ipull') ? name : `${name}.gguf`;
}
