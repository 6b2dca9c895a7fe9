// What can be served without a download, and what can be downloaded by name.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { embeddedModelsSchema } from '../../protocol/catalogue/embedded-models.ts';
import { modelCatalogueSchema, type CatalogueModel } from '../../protocol/catalogue/model-catalogue.ts';
import { PROJECT_FILES } from '../config/project-files.ts';

export type LocalModel = {
  /** Relative to the working directory, for typing. */
  path: string;
  sizeBytes: number;
};

export type ModelOverview = { catalogue: CatalogueModel[]; local: LocalModel[] };

/** Reads the catalogue, the embedded models' manifest, and the folder of downloads, which need not be there. */
export async function listModels(downloads: string): Promise<ModelOverview> {
  const [catalogue, embedded] = await Promise.all([
    readFile(join(PROJECT_FILES.models, 'catalogue.json'), 'utf8'),
    readFile(join(PROJECT_FILES.models, 'embedded.json'), 'utf8'),
  ]);
  const here = embeddedModelsSchema
    .parse(JSON.parse(embedded))
    .models.map(({ file }) => join(PROJECT_FILES.models, file));
  const local = await Promise.all([...here, ...(await listGgufFiles(downloads))].map(describeFile));
  return { catalogue: modelCatalogueSchema.parse(JSON.parse(catalogue)).models, local };
}

async function listGgufFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.gguf')).map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function describeFile(path: string): Promise<LocalModel> {
  return { path: relative(process.cwd(), path), sizeBytes: (await stat(path)).size };
}
