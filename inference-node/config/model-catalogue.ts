// The models that can be downloaded by name: models/catalogue.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelCatalogueSchema, type ModelCatalogue } from '../../protocol/catalogue/model-catalogue.ts';

const FILE = join(import.meta.dirname, '../../models/catalogue.json');

export function readCatalogue(): ModelCatalogue {
  return modelCatalogueSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}
