// How many tokens of prompt and completion together one call may use: one rule for the estimate of memory, for what is told of a model
// before it is loaded, and for the loaded one.

/** When none is asked for: with four sequences of an 8B model this is 2 GB of memory, not 16. */
const DEFAULT_CONTEXT_LENGTH = 4096;

/** `asked`: the setting. `trained`: what the file says; where it says nothing, the default. */
export function contextLengthOf(asked: number | null | undefined, trained: number | null | undefined): number {
  return asked ?? Math.min(trained ?? DEFAULT_CONTEXT_LENGTH, DEFAULT_CONTEXT_LENGTH);
}
