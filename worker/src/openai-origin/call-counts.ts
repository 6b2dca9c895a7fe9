// What one call cost, as far as a server tells that keeps no journal.
export type CallCounts = {
  promptTokens: number;
  /** Of the prompt tokens, how many were taken from a cached prefix. */
  cachedTokens: number;
  completionTokens: number;
  /** Milliseconds; null: there was no first token, or nobody saw it. */
  firstTokenMs: number | null;
  /** The server did not tell: the prompt is what was reserved for it, the answer was counted piece by piece. */
  estimated: boolean;
};
