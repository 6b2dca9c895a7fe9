// The models that come with the project, in the order in which they are served: what a node without `--model` holds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedModelsSchema, type EmbeddedModel } from '../../protocol/catalogue/embedded-models.ts';
import type { ModelSource } from './model-source.ts';

const FOLDER = join(import.meta.dirname, '../../models');

/** The embedded models, the default one first. */
export function embeddedModels(): ModelSource[] {
  return embeddedModelFiles().map(({ id, path }) => ({ id, file: path }));
}

/** The same, with what the manifest says of the files. */
export function embeddedModelFiles(): (EmbeddedModel & { path: string })[] {
  const manifest = embeddedModelsSchema.parse(JSON.parse(readFileSync(join(FOLDER, 'embedded.json'), 'utf8')));
  return manifest.models
    .toSorted((a, b) => Number(b.id === manifest.default) - Number(a.id === manifest.default))
    .map((model) => ({ ...model, path: join(FOLDER, model.file) }));
}
