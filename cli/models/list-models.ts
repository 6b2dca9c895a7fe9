// What can be served without a download, what was downloaded, wholly or in part, and what can be downloaded by name.
import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { embeddedModelsSchema } from '../../protocol/catalogue/embedded-models.ts';
import { modelCatalogueSchema, type CatalogueModel } from '../../protocol/catalogue/model-catalogue.ts';
import { PROJECT_FILES } from '../config/project-files.ts';
import { listDownloads } from './downloads.ts';

export type LocalModel = {
  /** Relative to the working directory, for typing. */
  path: string;
  /** On the disk; of a download that was broken off, what has come. */
  sizeBytes: number;
  complete: boolean;
};

export type ModelOverview = {
  catalogue: CatalogueModel[];
  local: LocalModel[];
  /** The folder of downloads, all of it. */
  downloadedBytes: number;
};

/** Reads the catalogue, the embedded models' manifest, and the folder of downloads, which need not be there. */
export async function listModels(folder: string): Promise<ModelOverview> {
  const [catalogue, embedded, downloads] = await Promise.all([
    readFile(join(PROJECT_FILES.models, 'catalogue.json'), 'utf8'),
    readFile(join(PROJECT_FILES.models, 'embedded.json'), 'utf8'),
    listDownloads(folder),
  ]);
  const here = embeddedModelsSchema
    .parse(JSON.parse(embedded))
    .models.map(({ file }) => join(PROJECT_FILES.models, file));
  const local = [
    ...(await Promise.all(here.map(async (path) => ({ path, sizeBytes: (await stat(path)).size, complete: true })))),
    ...downloads,
  ];
  return {
    catalogue: modelCatalogueSchema.parse(JSON.parse(catalogue)).models,
    local: local.map((model) => ({ ...model, path: relative(process.cwd(), model.path) })),
    downloadedBytes: downloads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
