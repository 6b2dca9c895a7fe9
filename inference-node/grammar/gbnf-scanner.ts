// A place in a GBNF text, and what stands there: marks, space and comments, characters and their escapes.
import { GrammarProblem } from './grammar-problem.ts';

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };
const LITERALLY_ESCAPED = '\\"[]-';
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export class GbnfScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Whether the text goes on with this; it stays where it is. */
  sees(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Comments too. */
  skipSpace(acrossLines: boolean): void {
    const space = acrossLines ? /(?:[ \t\r\n]|#[^\r\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y;
    this.match(space);
  }

  /** Takes what a sticky pattern finds here. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#at += text.length;
    return true;
  }

  problem(what: string): GrammarProblem {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    return new GrammarProblem(`${what} (line ${line})`);
  }

  /** Takes one character of a literal or a class. Throws a `GrammarProblem`. */
  character(): number {
    const character = this.#text.codePointAt(this.#at);
    if (character === undefined) throw this.problem('it ends within a literal or a class of characters');
    this.#at += character > 0xffff ? 2 : 1;
    return character === 0x5c ? this.#escape() : character;
  }

  #escape(): number {
    const letter = this.#text[this.#at++] ?? '';
    const digits = HEX_DIGITS[letter];
    if (digits !== undefined) {
      const hex = this.#text.slice(this.#at, this.#at + digits);
      const value = /^[0-9A-Fa-f]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Infinity;
      if (value > 0x10ffff) throw this.problem(`"\\${letter}" needs the ${digits} digits of a character`);
      this.#at += digits;
      return value;
    }
    const plain = ESCAPED[letter] ?? (letter !== '' && LITERALLY_ESCAPED.includes(letter) ? letter : undefined);
    if (plain === undefined) throw this.problem('it has an unknown escape');
    return plain.charCodeAt(0);
  }
}
