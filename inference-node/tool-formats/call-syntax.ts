// How one family of models writes its calls of tools: what comes before, between and after them. The JSON of the arguments is the same
// everywhere.

export type CallSyntax = {
  /** The text that begins one or more calls; empty: a call can only be the whole answer, from its first brace on. */
  opener: string;
  /** Texts around calls that may be control tokens of the model, which else have no text. */
  markers: readonly string[];
  /** From the opener to the arguments, the name in the first group; anchored at the beginning. */
  head: RegExp;
  /** From the end of one call's arguments to the head of the next, without another opener; null: there is no such thing. */
  next: RegExp | null;
  /** From the end of the last arguments to where free text may come again. */
  tail: RegExp;
};

/** `{"name": …, KEY: ` */
export function jsonHead(key: string, before = ''): RegExp {
  return new RegExp(`^${before}\\s*\\{\\s*"name"\\s*:\\s*"([^"\\\\]*)"\\s*,\\s*"${key}"\\s*:\\s*`);
}
