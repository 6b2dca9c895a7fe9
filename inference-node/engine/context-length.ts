// How many tokens of prompt and completion together one call may use: one rule for the estimate of memory, for what is told of a model
// before it is loaded, and for the loaded one.

import { isEncoder } from '../gguf/encoder-architectures.ts';

/** When none is asked for: with four sequences of an 8B model this is 2 GB of memory, not 16. */
const DEFAULT_CONTEXT_LENGTH = 4096;

/** What a model's file says of itself. */
export type ContextFacts = { architecture: string; trained: number | null | undefined };

/** `asked`: the setting. Where the file says nothing, the default. */
export function contextLengthOf(asked: number | null | undefined, { architecture, trained }: ContextFacts): number {
  const longest = trained ?? DEFAULT_CONTEXT_LENGTH;
  const wanted = asked ?? Math.min(longest, DEFAULT_CONTEXT_LENGTH);
  // Most encoders know no places of a text beyond those that they were trained for.
  return isEncoder(architecture) ? Math.min(wanted, longest) : wanted;
}
