// What is told of a model, by its settings and by what is known of its file: the same before it is loaded and after.
import type { LoadedModelFacts } from './engine-messages.ts';
import { DEFAULT_SEQUENCES, type ModelOptions } from './engine-options.ts';

import { isEncoder } from '../gguf/encoder-architectures.ts';

type Known = Omit<LoadedModelFacts, 'id' | 'aliases' | 'defaultMaxTokens' | 'sequences'>;

export function describeModel(
  { id, aliases, defaultMaxTokens, sequences }: ModelOptions,
  known: Known,
): LoadedModelFacts {
  return {
    id,
    aliases: [...(aliases ?? [])],
    defaultMaxTokens: Math.min(defaultMaxTokens ?? known.contextLength, known.contextLength),
    // Vectors are made one at a time.
    sequences: isEncoder(known.architecture) ? 1 : (sequences ?? DEFAULT_SEQUENCES),
    ...known,
  };
}
