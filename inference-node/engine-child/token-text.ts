// Turns tokens into text piece by piece, without ever cutting a character: of bytes that are no character yet, the
// detokenizer shows one U+FFFD at the end, which waits for the next token. Text is given out by characters, not by tokens,
// for a token may end one character and begin the next.
import type { Token } from '../llama-cpp/loaded-model.ts';

/** How many tokens before the pending ones the detokenizer looks at, for leading spaces. */
const CONTEXT_TOKENS = 3;
/** From this many pending tokens on, a place to cut between two of them is looked for: detokenizing them costs time. */
const MANY_PENDING_TOKENS = 8;
/** At most this many wait. Only a model that writes no text at all reaches it. */
const MAX_PENDING_TOKENS = 64;
const INCOMPLETE = '\uFFFD';

export type Detokenize = (tokens: readonly Token[], previous: readonly Token[]) => string;

export class TokenText {
  readonly #detokenize: Detokenize;
  #previous: Token[] = [];
  #pending: Token[] = [];
  /** How much of the pending tokens' text is given out. */
  #given = 0;

  constructor(detokenize: Detokenize) {
    this.#detokenize = detokenize;
  }

  /** The text that this token completes; empty while a character is incomplete. */
  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#detokenize(this.#pending, this.#previous);
    if (!text.endsWith(INCOMPLETE) || this.#pending.length >= MAX_PENDING_TOKENS) return this.#giveAll(text);
    const piece = text.slice(this.#given, -INCOMPLETE.length);
    this.#given += piece.length;
    if (this.#pending.length >= MANY_PENDING_TOKENS) this.#settleOldest(text);
    return piece;
  }

  /** What is left when the generation ends. */
  flush(): string {
    if (this.#pending.length === 0) return '';
    return this.#giveAll(this.#detokenize(this.#pending, this.#previous));
  }

  #giveAll(text: string): string {
    const piece = text.slice(this.#given);
    this.#settle(this.#pending.length, text.length);
    return piece;
  }

  /** Lets go of tokens whose text is given out, where they can be cut between two characters. */
  #settleOldest(text: string): void {
    for (let count = this.#pending.length - 1; count > 0; count--) {
      const head = this.#detokenize(this.#pending.slice(0, count), this.#previous);
      const tail = this.#detokenize(this.#pending.slice(count), this.#previous);
      if (head.length <= this.#given && head + tail === text) {
        this.#settle(count, head.length);
        return;
      }
    }
  }

  #settle(count: number, length: number): void {
    this.#previous = [...this.#previous, ...this.#pending.slice(0, count)].slice(-CONTEXT_TOKENS);
    this.#pending = this.#pending.slice(count);
    this.#given = Math.max(0, this.#given - length);
  }
}
