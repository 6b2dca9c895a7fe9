// One sequence of a context as the engine remembers it.
import type { Token } from '../llama-cpp/loaded-model.ts';

export type CachedSequence = {
  readonly id: number;
  /** Whose tokens these are; null: nobody's yet. */
  account: string | null;
  /** What is computed, position by position. */
  tokens: Token[];
  /** How many of the first tokens of the prompt that it was taken for are everybody's: it may hold fewer. */
  sharedTokens: number;
  busy: boolean;
  /** Number of the take that used it last. */
  usedAt: number;
};
