// What a saved state belongs to. llama.cpp reads a state only into the model and settings that it was written with.
import { stat } from 'node:fs/promises';
import { listModelParts } from '../gguf/model-parts.ts';

/** Another one as soon as the settings, the number of sequences, the program or a file of the model are others. */
export async function stateKeyOf(path: string, fingerprint: string, sequences: number): Promise<string> {
  const parts = await listModelParts(path);
  const found = await Promise.all(parts.map(({ path: part }) => stat(part)));
  return [fingerprint, sequences, ...found.map(({ size, mtimeMs }) => `${size}@${mtimeMs}`)].join(' ');
}
