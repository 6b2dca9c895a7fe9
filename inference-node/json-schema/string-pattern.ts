// `pattern`: the regular part of JavaScript's regular expressions (ECMA-262, as JSON Schema has it), as an expression for the
// inside of a JSON string. What is not regular (looking around, referring back) cannot be a grammar and is refused.
import { codePoints, complement, type CodePoints, type Range } from '../grammar/code-points.ts';
import { writtenInString } from './character-set.ts';
import { oneOf } from './gbnf-writer.ts';
import { SchemaProblem } from './schema-problem.ts';

const MAX_PATTERN_LENGTH = 512;
const DIGITS: CodePoints = [[0x30, 0x39]];
const WORD = codePoints([...DIGITS, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
const SPACE = codePoints([
  [9, 13],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);
const LINE_ENDS = codePoints([
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]);
const CLASSES: Readonly<Record<string, CodePoints>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const QUANTIFIER = /[*+?]|\{(\d{1,4})(,(\d{1,4})?)?\}/y;

/** An expression for the strings that match. `character`: an expression for any character. Throws a `SchemaProblem`. */
export function stringPattern(pattern: string, path: string, character: string): string {
  return new PatternParser(pattern, path, character).parse();
}

class PatternParser {
  readonly #pattern: string;
  readonly #path: string;
  readonly #character: string;
  #at = 0;

  constructor(pattern: string, path: string, character: string) {
    this.#pattern = pattern;
    this.#path = path;
    this.#character = character;
  }

  parse(): string {
    if (this.#pattern.length > MAX_PATTERN_LENGTH)
      throw this.#problem(`it is longer than ${MAX_PATTERN_LENGTH} characters`);
    const expression = this.#parseAlternatives(true);
    if (this.#at < this.#pattern.length) throw this.#problem('it has a ")" too many');
    return expression;
  }

  /** Each alternative of the whole has anchors of its own; without one, anything may stand there. */
  #parseAlternatives(isWhole: boolean): string {
    const alternatives: string[] = [];
    do {
      const fromStart = isWhole && this.#take('^');
      const items = this.#parseItems();
      const toEnd = isWhole && this.#take('$');
      if (isWhole && !fromStart) items.unshift(`${this.#character}*`);
      if (isWhole && !toEnd) items.push(`${this.#character}*`);
      alternatives.push(items.length === 0 ? '""' : items.join(' '));
    } while (this.#take('|'));
    return oneOf(alternatives);
  }

  #parseItems(): string[] {
    const items: string[] = [];
    for (;;) {
      const next = this.#pattern[this.#at];
      if (next === undefined || next === '|' || next === ')' || next === '$') return items;
      items.push(this.#quantified(this.#parseItem()));
    }
  }

  #parseItem(): string {
    if (this.#take('(')) return this.#parseGroup();
    if (this.#take('[')) return this.#written(this.#parseClass());
    if (this.#take('.')) return this.#written(complement(LINE_ENDS));
    if (this.#take('\\')) return this.#written(this.#parseEscape());
    const character = this.#next();
    if ('^*+?{}]'.includes(character)) throw this.#problem(`"${character}" is not supported where it stands`);
    return this.#written(single(character));
  }

  #parseGroup(): string {
    if (this.#take('?') && !this.#take(':')) throw this.#problem('of groups, only (…) and (?:…) are supported');
    const inside = this.#parseAlternatives(false);
    if (this.#pattern[this.#at] === '$') throw this.#problem('"$" is not supported within a group');
    if (!this.#take(')')) throw this.#problem('a group is not closed');
    return `(${inside})`;
  }

  #quantified(item: string): string {
    QUANTIFIER.lastIndex = this.#at;
    const found = QUANTIFIER.exec(this.#pattern);
    if (found === null) return item;
    this.#at = QUANTIFIER.lastIndex;
    // Whether it prefers few or many changes nothing of what matches.
    this.#take('?');
    const [quantifier, least, comma, most] = found;
    if (least !== undefined && most !== undefined && Number(most) < Number(least))
      throw this.#problem('a repetition ends before it begins');
    return least === undefined
      ? `${item}${quantifier}`
      : `${item}{${least}${comma === undefined ? '' : `,${most ?? ''}`}}`;
  }

  #parseClass(): CodePoints {
    const isNegated = this.#take('^');
    const ranges: Range[] = [];
    while (!this.#take(']')) {
      const first = this.#parseClassMember();
      const [from] = first[0] ?? [0];
      const isRange = first.length === 1 && this.#pattern[this.#at] === '-' && this.#pattern[this.#at + 1] !== ']';
      if (!isRange) {
        ranges.push(...first);
        continue;
      }
      this.#at++;
      const last = this.#parseClassMember();
      const [, to] = last[0] ?? [0, 0];
      if (last.length !== 1 || to < from) throw this.#problem('a range in a class of characters ends before it begins');
      ranges.push([from, to]);
    }
    return isNegated ? complement(codePoints(ranges)) : codePoints(ranges);
  }

  #parseClassMember(): CodePoints {
    return this.#take('\\') ? this.#parseEscape() : single(this.#next());
  }

  #parseEscape(): CodePoints {
    const letter = this.#next();
    const set = CLASSES[letter];
    if (set !== undefined) return set;
    const control = CONTROLS[letter];
    if (control !== undefined) return [[control, control]];
    if (letter === 'x' || letter === 'u') return this.#parseHex(letter === 'x' ? 2 : 4);
    if (/[A-Za-z0-9]/.test(letter)) throw this.#problem(`"\\${letter}" is not supported`);
    return single(letter);
  }

  #parseHex(digits: number): CodePoints {
    const hex = this.#pattern.slice(this.#at, this.#at + digits);
    if (hex.length !== digits || !/^[0-9A-Fa-f]+$/.test(hex))
      throw this.#problem('an escaped code of a character is broken');
    this.#at += digits;
    const code = Number.parseInt(hex, 16);
    return [[code, code]];
  }

  #written(set: CodePoints): string {
    const written = writtenInString(set);
    if (written === null) throw this.#problem('it asks for a character that cannot be written here');
    return written;
  }

  #next(): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw this.#problem('it ends too early');
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #problem(what: string): SchemaProblem {
    return new SchemaProblem(this.#path, `this pattern cannot be enforced: ${what}`);
  }
}

function single(character: string): CodePoints {
  const code = character.codePointAt(0) ?? 0;
  return [[code, code]];
}
