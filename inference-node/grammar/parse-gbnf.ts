// Reads GBNF (https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md) as strictly as llama.cpp does, before
// llama.cpp sees it: its parser writes what it refuses to standard error, recurses without bound, and multiplies repetitions.
import { codePoints, complement, type CodePoints, type Range } from './code-points.ts';
import type { GbnfAlternative, GbnfElement, GbnfRules } from './gbnf-rules.ts';
import { GrammarProblem } from './grammar-problem.ts';

/** llama.cpp's own bound on repetitions; what is above it, it takes for "any number". */
export const MAX_REPETITIONS = 2_000;
/** Of groups in groups: llama.cpp recurses. */
const MAX_NESTING = 64;
/** What llama.cpp holds in memory: repetitions are copied out. */
const MAX_ELEMENTS = 100_000;
const MAX_RULES = 20_000;
const ANY_CHARACTER: CodePoints = complement([]);
const ESCAPED: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };
const LITERALLY_ESCAPED = '\\"[]-';
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const NAME = /[A-Za-z0-9-]+/y;
const REPETITION = /\{[ \t]*(\d{1,9})[ \t]*(?:(,)[ \t]*(\d{1,9})?[ \t]*)?\}/y;

/** What was read, how many elements llama.cpp will hold for it, and how many symbols it made for it. */
type Sequence = { elements: GbnfElement[]; size: number; symbols: number };

/** Reads the rules. Throws a `GrammarProblem` that says what is wrong, and in which line. */
export function parseGbnf(text: string): GbnfRules {
  return new GbnfParser(text).parse();
}

class GbnfParser {
  readonly #text: string;
  readonly #rules = new Map<string, readonly GbnfAlternative[]>();
  #at = 0;
  #nesting = 0;
  #size = 0;
  /** llama.cpp's own symbols so far: names, groups, and each optional turn of a repetition. */
  #symbols = 0;
  readonly #names = new Set<string>();
  #ruleName = '';

  constructor(text: string) {
    this.#text = text;
  }

  parse(): GbnfRules {
    if (this.#text.includes('\0')) throw this.#problem('it has a null character');
    this.#skipSpace(true);
    while (this.#at < this.#text.length) this.#parseRule();
    return this.#rules;
  }

  #parseRule(): void {
    const name = this.#match(NAME)?.[0];
    if (name === undefined) throw this.#problem('a rule must begin with its name (letters, digits, "-")');
    if (this.#rules.has(name)) throw this.#problem(`the rule "${name}" is there twice`);
    this.#ruleName = name;
    this.#meet(name);
    this.#skipSpace(false);
    if (!this.#take('::=')) throw this.#problem(`"::=" must follow the name "${name}"`);
    this.#skipSpace(true);
    this.#rules.set(name, this.#parseAlternatives(false).alternatives);
    if (this.#at < this.#text.length && !this.#take('\r\n') && !this.#take('\n') && !this.#take('\r')) {
      throw this.#problem('a rule must end with its line');
    }
    this.#skipSpace(true);
  }

  #parseAlternatives(inGroup: boolean): { alternatives: GbnfAlternative[]; size: number } {
    const alternatives: GbnfAlternative[] = [];
    let size = 0;
    do {
      if (alternatives.length > 0) this.#skipSpace(true);
      const sequence = this.#parseSequence(inGroup);
      alternatives.push(sequence.elements);
      size += sequence.size + 1;
    } while (this.#take('|'));
    return { alternatives, size };
  }

  #parseSequence(inGroup: boolean): Omit<Sequence, 'symbols'> {
    const elements: GbnfElement[] = [];
    let size = 0;
    for (;;) {
      const item = this.#parseItem();
      if (item === null) return { elements, size };
      this.#skipSpace(inGroup);
      const repeated = this.#parseRepetitions(item, inGroup);
      elements.push(...repeated.elements);
      size += this.#count(repeated.size);
    }
  }

  #parseRepetitions(item: Sequence, inGroup: boolean): Sequence {
    let { size, elements, symbols } = item;
    for (let repetition = this.#parseRepetition(); repetition !== null; repetition = this.#parseRepetition()) {
      this.#skipSpace(inGroup);
      symbols *= turnsOf(repetition);
      if (symbols > MAX_REPETITIONS)
        throw this.#problem(`repetitions within repetitions come to more than ${MAX_REPETITIONS}`);
      this.#symbols += optionalTurnsOf(repetition);
      size = this.#count(size * Math.max(repetition.least, 1) + optionalTurnsOf(repetition) * (size + 3));
      elements = [this.#repeat(elements, repetition)];
    }
    return { elements, size, symbols };
  }

  #parseItem(): Sequence | null {
    if (this.#take('"')) return this.#parseLiteral();
    if (this.#take('[')) return single({ type: 'characters', set: this.#parseClass() });
    if (this.#take('.')) return single({ type: 'characters', set: ANY_CHARACTER });
    if (this.#take('(')) return this.#parseGroup();
    const next = this.#text[this.#at];
    if (next === '<' || next === '!') throw this.#problem('tokens ("<…>") are not supported here');
    const name = this.#match(NAME)?.[0];
    if (name === undefined) return null;
    this.#meet(name);
    return single({ type: 'rule', name });
  }

  #parseLiteral(): Sequence {
    const elements: GbnfElement[] = [];
    while (!this.#take('"')) {
      const character = this.#parseCharacter();
      elements.push({ type: 'characters', set: [[character, character]] });
    }
    // llama.cpp repeats what stands before an empty literal instead of nothing.
    if (elements.length === 0 && /^[ \t]*[*+?{]/.test(this.#text.slice(this.#at, this.#at + 16)))
      throw this.#problem('an empty literal cannot be repeated');
    return { elements, size: elements.length, symbols: 1 };
  }

  #parseClass(): CodePoints {
    const isNegated = this.#take('^');
    const ranges: Range[] = [];
    while (!this.#take(']')) {
      const first = this.#parseCharacter();
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      const last = isRange ? this.#parseCharacter() : first;
      if (last < first) throw this.#problem('a range of characters ends before it begins');
      ranges.push([first, last]);
    }
    if (ranges.length === 0) throw this.#problem('a class of characters is empty');
    return isNegated ? complement(codePoints(ranges)) : codePoints(ranges);
  }

  #parseGroup(): Sequence {
    if (++this.#nesting > MAX_NESTING) throw this.#problem(`groups are nested deeper than ${MAX_NESTING}`);
    this.#skipSpace(true);
    const before = this.#symbols++;
    const { alternatives, size } = this.#parseAlternatives(true);
    if (!this.#take(')')) throw this.#problem('a group is not closed with ")"');
    this.#nesting--;
    this.#count(size);
    return { elements: [this.#addRule(alternatives)], size: 1, symbols: this.#symbols - before };
  }

  #parseCharacter(): number {
    const character = this.#text.codePointAt(this.#at);
    if (character === undefined) throw this.#problem('it ends within a literal or a class of characters');
    this.#at += character > 0xffff ? 2 : 1;
    return character === 0x5c ? this.#parseEscape() : character;
  }

  #parseEscape(): number {
    const letter = this.#text[this.#at++] ?? '';
    const digits = HEX_DIGITS[letter];
    if (digits !== undefined) {
      const hex = this.#text.slice(this.#at, this.#at + digits);
      const value = /^[0-9A-Fa-f]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Infinity;
      if (value > 0x10ffff) throw this.#problem(`"\\${letter}" needs the ${digits} digits of a character`);
      this.#at += digits;
      return value;
    }
    const plain = ESCAPED[letter] ?? (letter !== '' && LITERALLY_ESCAPED.includes(letter) ? letter : undefined);
    if (plain === undefined) throw this.#problem('it has an unknown escape');
    return plain.charCodeAt(0);
  }

  #parseRepetition(): Repetition | null {
    if (this.#take('*')) return { least: 0, most: Infinity };
    if (this.#take('+')) return { least: 1, most: Infinity };
    if (this.#take('?')) return { least: 0, most: 1 };
    if (this.#text[this.#at] !== '{') return null;
    const [, from, comma, to] = this.#match(REPETITION) ?? [];
    if (from === undefined) throw this.#problem('a repetition is not of the form {m}, {m,} or {m,n}');
    const least = Number(from);
    const most = comma === undefined ? least : to === undefined ? Infinity : Number(to);
    if (least > MAX_REPETITIONS || (most !== Infinity && most > MAX_REPETITIONS))
      throw this.#problem(`something is repeated more than ${MAX_REPETITIONS} times`);
    if (most < least) throw this.#problem('a repetition ends before it begins');
    return { least, most };
  }

  /** Whether it is repeated twice or a thousand times changes nothing of what is looked at later. */
  #repeat(elements: readonly GbnfElement[], { least, most }: Repetition): GbnfElement {
    if (most === 0) return this.#addRule([[]]);
    if (least === 1 && most === 1) return this.#addRule([elements]);
    if (least === 0 && most === 1) return this.#addRule([elements, []]);
    const again: GbnfAlternative[] = [];
    const rule = this.#addRule(again);
    again.push([...elements, rule], []);
    return least === 0 ? rule : this.#addRule([[...elements, rule]]);
  }

  #addRule(alternatives: readonly GbnfAlternative[]): GbnfElement {
    if (this.#rules.size >= MAX_RULES) throw this.#problem(`it has more than ${MAX_RULES} rules and groups`);
    const name = `${this.#ruleName}_${this.#rules.size}`;
    this.#rules.set(name, alternatives);
    return { type: 'rule', name };
  }

  #meet(name: string): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#symbols++;
  }

  /** Sizes are counted when they are made, and again in what holds them: an upper bound. */
  #count(size: number): number {
    this.#size += size;
    if (this.#size > MAX_ELEMENTS) throw this.#problem('it is too large once its repetitions are written out');
    return size;
  }

  #skipSpace(acrossLines: boolean): void {
    const space = acrossLines ? /(?:[ \t\r\n]|#[^\r\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y;
    this.#match(space);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #problem(what: string): GrammarProblem {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    return new GrammarProblem(`${what} (line ${line})`);
  }
}

type Repetition = { least: number; most: number };

/** As llama.cpp counts them against its bound. */
function turnsOf({ least, most }: Repetition): number {
  return most !== Infinity && most > 0 ? most : Math.max(least, 1);
}

function optionalTurnsOf({ least, most }: Repetition): number {
  return most === Infinity ? 1 : most - least;
}

function single(element: GbnfElement): Sequence {
  return { elements: [element], size: 1, symbols: 1 };
}
