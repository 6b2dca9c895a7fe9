// What calls have used, summed up over an hour, as Account and Registry keep and exchange it.

export type UsageSum = {
  /** Calls that were admitted, failed ones included. */
  calls: number;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  /** Calls whose node never told: counted with the estimate of their prompt. */
  estimatedCalls: number;
  /** Calls that had a first token, and the milliseconds that they took to it, together. */
  firstTokens: number;
  firstTokenMs: number;
  /** Failed and refused calls by error code. */
  errors: Record<string, number>;
};

/** One sum: of a key, for a model, in an hour. */
export type UsageOfHour = UsageSum & {
  /** Begin of the hour in Unix seconds. */
  hour: number;
  keyId: string;
  model: string;
};
