// Keeps a client's text from steering the model: the text of a control token (`<|im_end|>`) inside a message must reach the
// model as the letters that it is. The template sees the messages with a mark inside every such text; after rendering, the
// control texts without a mark are the template's own, and the marks are taken out again.

/** Characters that Unicode will never assign (U+FDD0–U+FDEF); the first that occurs in no message becomes the mark. */
const MARKS = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

/** A piece of rendered text: a control token's own text, or text in the mark-free parts it was cut into. */
export type TextPiece = { control: string } | { parts: readonly string[] };

export class ControlTextGuard {
  /** Matches control texts; null when the model has none. */
  readonly #pattern: RegExp | null;
  /** Every beginning of a control text. */
  readonly #beginnings = new Set<string>();
  readonly #longest: number;

  /** `controlTexts`: the texts of the model's control tokens. */
  constructor(controlTexts: readonly string[]) {
    // The longest first, so that a text which begins another one does not hide it.
    const texts = controlTexts.toSorted((a, b) => b.length - a.length);
    this.#pattern = texts.length === 0 ? null : new RegExp(texts.map(escapeForRegExp).join('|'), 'g');
    this.#longest = texts[0]?.length ?? 0;
    for (const text of texts) {
      for (let length = 1; length < text.length; length++) this.#beginnings.add(text.slice(0, length));
    }
  }

  /** A mark that occurs in none of the texts; null when no text needs one. Throws a RangeError when all are used up. */
  chooseMark(texts: readonly string[]): string | null {
    if (!texts.some((text) => this.#isSuspicious(text))) return null;
    const mark = MARKS.find((candidate) => !texts.some((text) => text.includes(candidate)));
    if (mark === undefined) throw new RangeError('every mark occurs in the messages');
    return mark;
  }

  /** Puts the mark after the first character of every control text, and of an end that may become one with what follows. */
  mark(text: string, mark: string): string {
    const marked = this.#pattern === null ? text : text.replace(this.#pattern, (found) => insertMark(found, mark));
    const open = this.#openEnd(marked);
    return open === 0 ? marked : marked.slice(0, -open) + insertMark(marked.slice(-open), mark);
  }

  /** Cuts rendered text into control tokens and text; `mark` is null when none was needed. */
  split(rendered: string, mark: string | null): TextPiece[] {
    const partsOf = (text: string): TextPiece => ({ parts: mark === null ? [text] : text.split(mark) });
    const pieces: TextPiece[] = [];
    let from = 0;
    for (const match of this.#pattern === null ? [] : rendered.matchAll(this.#pattern)) {
      pieces.push(partsOf(rendered.slice(from, match.index)), { control: match[0] });
      from = match.index + match[0].length;
    }
    pieces.push(partsOf(rendered.slice(from)));
    return pieces;
  }

  #isSuspicious(text: string): boolean {
    return this.#openEnd(text) > 0 || (this.#pattern !== null && text.search(this.#pattern) !== -1);
  }

  /** Length of the longest end of `text` with which a control text begins. */
  #openEnd(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      if (this.#beginnings.has(text.slice(-length))) return length;
    }
    return 0;
  }
}

function insertMark(text: string, mark: string): string {
  const [first = ''] = text;
  return first + mark + text.slice(first.length);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
