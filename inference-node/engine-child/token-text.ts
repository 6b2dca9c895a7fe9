// Turns tokens into text piece by piece, without ever cutting a character: what ends in U+FFFD may be half a character, and
// waits for the next token. A character has at most 4 bytes, so a longer wait means that the model writes bytes that are no
// characters (or U+FFFD itself); they are then given out as U+FFFD, still without cutting a character.
import type { Token } from '../llama-cpp/loaded-model.ts';

/** The most bytes of one character, so the most tokens that one can be spread over. */
const MAX_CHARACTER_TOKENS = 4;
/** Tokens that may wait before the oldest are given out as they are. */
const MAX_PENDING_TOKENS = 2 * MAX_CHARACTER_TOKENS;
/** How many tokens before the pending ones the detokenizer looks at, for leading spaces. */
const CONTEXT_TOKENS = 3;
const INCOMPLETE = '\uFFFD';

export type Detokenize = (tokens: readonly Token[], previous: readonly Token[]) => string;

export class TokenText {
  readonly #detokenize: Detokenize;
  #previous: Token[] = [];
  #pending: Token[] = [];

  constructor(detokenize: Detokenize) {
    this.#detokenize = detokenize;
  }

  /** The text that this token completes; empty while a character is incomplete. */
  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#detokenize(this.#pending, this.#previous);
    if (!text.endsWith(INCOMPLETE)) return this.#settle(this.#pending.length, text);
    return this.#pending.length < MAX_PENDING_TOKENS ? '' : this.#settleOldest(text);
  }

  /** What is left when the generation ends. */
  flush(): string {
    if (this.#pending.length === 0) return '';
    return this.#settle(this.#pending.length, this.#detokenize(this.#pending, this.#previous));
  }

  /** Gives out as many of the oldest tokens as can be cut off between two characters. */
  #settleOldest(text: string): string {
    for (let count = this.#pending.length - MAX_CHARACTER_TOKENS + 1; count > 0; count--) {
      const head = this.#detokenize(this.#pending.slice(0, count), this.#previous);
      const tail = this.#detokenize(this.#pending.slice(count), this.#previous);
      if (head + tail === text) return this.#settle(count, head);
    }
    return this.#settle(this.#pending.length, text);
  }

  #settle(count: number, text: string): string {
    this.#previous = [...this.#previous, ...this.#pending.slice(0, count)].slice(-CONTEXT_TOKENS);
    this.#pending = this.#pending.slice(count);
    return text;
  }
}
