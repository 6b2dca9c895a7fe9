// The models that come with the project, in the order in which they are served: what a node without `--model` holds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedModelsSchema } from '../../protocol/catalogue/embedded-models.ts';
import type { ModelSource } from './model-source.ts';

const FOLDER = join(import.meta.dirname, '../../models');

/** The embedded models, the default one first. */
export function embeddedModels(): ModelSource[] {
  const manifest = embeddedModelsSchema.parse(JSON.parse(readFileSync(join(FOLDER, 'embedded.json'), 'utf8')));
  return manifest.models
    .toSorted((a, b) => Number(b.id === manifest.default) - Number(a.id === manifest.default))
    .map(({ id, file }) => ({ id, file: join(FOLDER, file) }));
}
