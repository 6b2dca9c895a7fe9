// The files that a model is in. Large ones are published in parts, `name-00001-of-00003.gguf`; the first one is named.
import { stat } from 'node:fs/promises';

const FIRST_PART = /-00001-of-(\d{5})\.gguf$/;
const NUMBER_WIDTH = 5;

export type ModelPart = {
  path: string;
  /** Null: it is not there. */
  sizeBytes: number | null;
};

/** All parts of the model whose first file this is. */
export async function listModelParts(path: string): Promise<ModelPart[]> {
  const count = FIRST_PART.exec(path)?.[1];
  const paths = Array.from({ length: Number(count ?? 1) }, (_, index) =>
    count === undefined ? path : path.replace(FIRST_PART, `-${numbered(index + 1)}-of-${count}.gguf`),
  );
  return Promise.all(
    paths.map(async (part) => ({ path: part, sizeBytes: (await stat(part).catch(() => null))?.size ?? null })),
  );
}

function numbered(part: number): string {
  return String(part).padStart(NUMBER_WIDTH, '0');
}
