// The model file that a name means: an embedded model that never stops by itself, a generated shape, or a file of one's own.
import { join } from 'node:path';
import { copyWithoutEnd } from '../gguf/copy-without-end.ts';
import { isModelShapeName, MODEL_SHAPES } from '../gguf/model-shapes.ts';
import { writeModel } from '../gguf/write-model.ts';

const EMBEDDED = ['tiny-llama', 'tiny-phi2'];
const MODELS = join(import.meta.dirname, '../../models');

/** Resolves to the file's path; what is made for the benchmark lies in `folder`. */
export async function prepareModel(name: string, folder: string): Promise<string> {
  const path = join(folder, `${name}.gguf`);
  if (isModelShapeName(name)) await writeModel(name, MODEL_SHAPES[name], path);
  else if (EMBEDDED.includes(name)) await copyWithoutEnd(join(MODELS, `${name}.gguf`), path);
  else return name;
  return path;
}
