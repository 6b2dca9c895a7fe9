// A model of random weights that takes some 10 ms a token and hardly ever ends by itself: for tests that must act in the middle
// of an answer.
import { writeModel } from '../../bench/gguf/write-model.ts';

/** 65 million parameters, 37 MB. */
const SLOW_SHAPE = {
  architecture: 'llama',
  width: 768,
  blocks: 8,
  heads: 12,
  keyValueHeads: 4,
  feedForward: 3072,
  vocabulary: 1024,
  contextLength: 4096,
  rotated: 64,
} as const;

/** Writes the model to `path`. */
export async function writeSlowModel(path: string): Promise<void> {
  await writeModel('slow', SLOW_SHAPE, path);
}
