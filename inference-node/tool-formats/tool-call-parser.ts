// Takes an answer apart as it is written: text, and calls of tools with their arguments. Text goes on at once, but for what may be the
// beginning of a call and the white space before it. Arguments go on as they come. However the answer is cut into pieces, the
// parts are the same. Calls were written under a grammar, so that only the answer's end can cut one off, and after a call only
// another one can come. What never became a call of one of the tools is text.
import type { CallSyntax } from './call-syntax.ts';
import { JsonEnd } from './json-end.ts';

export type AnswerPart =
  | { type: 'text'; text: string }
  | { type: 'call'; index: number; name: string }
  | { type: 'arguments'; index: number; text: string };

/** `free`: no call can come any more. */
type State = 'text' | 'free' | 'head' | 'arguments' | 'tail' | 'rest';

/** A bare call, as far as the name, without white space. */
const BARE_START = '{"name":"';

export class ToolCallParser {
  readonly #syntax: CallSyntax;
  readonly #names: readonly string[];
  #state: State = 'text';
  #held = '';
  /** What was taken for the beginning of a call, until its name is known. */
  #opened = '';
  #json = new JsonEnd();
  #calls = 0;

  /** `names`: of the tools. */
  constructor(syntax: CallSyntax, names: readonly string[]) {
    this.#syntax = syntax;
    this.#names = names;
  }

  /** Whether a call has begun. */
  get hasCalls(): boolean {
    return this.#calls > 0;
  }

  /** The parts that this piece of text completes. */
  push(piece: string): AnswerPart[] {
    this.#held += piece;
    const parts: AnswerPart[] = [];
    for (let before = ''; before !== `${this.#state} ${this.#held}`;) {
      before = `${this.#state} ${this.#held}`;
      this.#step(parts);
    }
    return parts;
  }

  /** What was held back, once there is no more. */
  end(): AnswerPart[] {
    const rest = this.#state === 'head' ? this.#opened + this.#held : this.#held;
    this.#held = '';
    // After a call, it is the beginning of another one that was cut off.
    return this.hasCalls || rest === '' ? [] : [{ type: 'text', text: rest }];
  }

  #step(parts: AnswerPart[]): void {
    switch (this.#state) {
      case 'text':
        this.#readText(parts);
        return;
      case 'free':
        if (this.#held !== '') parts.push({ type: 'text', text: this.#held });
        this.#held = '';
        return;
      case 'head':
        this.#readHead(parts);
        return;
      case 'arguments':
        this.#readArguments(parts);
        return;
      case 'tail':
        this.#readTail();
        return;
      case 'rest':
        this.#held = '';
    }
  }

  #readText(parts: AnswerPart[]): void {
    const { opener } = this.#syntax;
    if (opener === '') {
      this.#readBare(parts);
      return;
    }
    const at = this.#held.indexOf(opener);
    const free =
      at === -1 ? this.#held.slice(0, this.#held.length - possibleStart(this.#held, opener)) : this.#held.slice(0, at);
    const text = free.trimEnd();
    if (text !== '') parts.push({ type: 'text', text });
    this.#held = this.#held.slice(text.length);
    if (at === -1) return;
    this.#opened = this.#held.slice(0, at - text.length + opener.length);
    this.#held = this.#held.slice(this.#opened.length);
    this.#state = 'head';
  }

  /** A call is the whole answer, or there is none. */
  #readBare(parts: AnswerPart[]): void {
    const start = this.#held.trimStart();
    if (start === '') return;
    if (start.startsWith('{') && !this.hasCalls) {
      this.#opened = '';
      this.#state = 'head';
      return;
    }
    parts.push({ type: 'text', text: this.#held });
    this.#held = '';
  }

  /** Whether what was taken for the beginning of a bare call may still become one. */
  #mayBecomeCall(): boolean {
    const written = this.#held.replaceAll(/\s/g, '');
    if (!written.startsWith(BARE_START)) return BARE_START.startsWith(written);
    const [name = '', ...after] = written.slice(BARE_START.length).split('"');
    return after.length > 0 ? this.#names.includes(name) : this.#names.some((known) => known.startsWith(name));
  }

  #readHead(parts: AnswerPart[]): void {
    if (this.#syntax.opener === '' && !this.#mayBecomeCall()) {
      this.#state = 'free';
      return;
    }
    const found = this.#syntax.head.exec(this.#held);
    // White space at the end of the head may go on.
    if (found === null || found[0].length === this.#held.length) return;
    parts.push({ type: 'call', index: this.#calls, name: found[1] ?? '' });
    this.#calls++;
    this.#held = this.#held.slice(found[0].length);
    this.#json = new JsonEnd();
    this.#state = 'arguments';
  }

  #readArguments(parts: AnswerPart[]): void {
    const end = this.#json.push(this.#held);
    const text = end === null ? this.#held : this.#held.slice(0, end);
    if (text !== '') parts.push({ type: 'arguments', index: this.#calls - 1, text });
    this.#held = this.#held.slice(text.length);
    if (end !== null) this.#state = 'tail';
  }

  #readTail(): void {
    const { next, tail, opener } = this.#syntax;
    for (const [pattern, state] of [
      [next, 'head'],
      [tail, opener === '' ? 'rest' : 'text'],
    ] as const) {
      const found = pattern?.exec(this.#held);
      if (found === null || found === undefined) continue;
      this.#held = this.#held.slice(found[0].length);
      this.#opened = '';
      this.#state = state;
      return;
    }
  }
}

/** Length of the longest end of `text` with which the opener begins. */
function possibleStart(text: string, opener: string): number {
  for (let length = Math.min(opener.length - 1, text.length); length > 0; length--) {
    if (opener.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
