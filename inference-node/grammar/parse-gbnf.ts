// Reads GBNF (https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md) as strictly as llama.cpp does, before
// llama.cpp sees it: its parser writes what it refuses to standard error, recurses without bound, and multiplies repetitions.
import { codePoints, complement, type CodePoints, type Range } from './code-points.ts';
import type { GbnfAlternative, GbnfElement, GbnfRules } from './gbnf-rules.ts';
import { GbnfScanner } from './gbnf-scanner.ts';
import { GrammarProblem } from './grammar-problem.ts';
import { MAX_REPETITIONS, optionalTurnsOf, readRepetition, turnsOf, type Repetition } from './repetition.ts';

/** Of groups in groups: llama.cpp recurses. */
const MAX_NESTING = 64;
/** What llama.cpp holds in memory: repetitions are copied out. */
const MAX_ELEMENTS = 100_000;
const MAX_RULES = 20_000;
const ANY_CHARACTER: CodePoints = complement([]);
const NAME = /[A-Za-z0-9-]+/y;

/** What was read, how many elements llama.cpp will hold for it, and how many symbols it made for it. */
type Sequence = { elements: GbnfElement[]; size: number; symbols: number };

/** Reads the rules. Throws a `GrammarProblem` that says what is wrong, and in which line. */
export function parseGbnf(text: string): GbnfRules {
  if (text.includes('\0')) throw new GrammarProblem('it has a null character (line 1)');
  return new GbnfParser(text).parse();
}

class GbnfParser {
  readonly #in: GbnfScanner;
  readonly #rules = new Map<string, readonly GbnfAlternative[]>();
  #nesting = 0;
  #size = 0;
  /** llama.cpp's own symbols so far: names, groups, and each optional turn of a repetition. */
  #symbols = 0;
  readonly #names = new Set<string>();
  #ruleName = '';

  constructor(text: string) {
    this.#in = new GbnfScanner(text);
  }

  parse(): GbnfRules {
    this.#in.skipSpace(true);
    while (!this.#in.isAtEnd) this.#parseRule();
    return this.#rules;
  }

  #parseRule(): void {
    const name = this.#in.match(NAME)?.[0];
    if (name === undefined) throw this.#in.problem('a rule must begin with its name (letters, digits, "-")');
    if (this.#rules.has(name)) throw this.#in.problem(`the rule "${name}" is there twice`);
    this.#ruleName = name;
    this.#meet(name);
    this.#in.skipSpace(false);
    if (!this.#in.take('::=')) throw this.#in.problem(`"::=" must follow the name "${name}"`);
    this.#in.skipSpace(true);
    this.#rules.set(name, this.#parseAlternatives(false).alternatives);
    if (!this.#in.isAtEnd && !this.#in.take('\r\n') && !this.#in.take('\n') && !this.#in.take('\r')) {
      throw this.#in.problem('a rule must end with its line');
    }
    this.#in.skipSpace(true);
  }

  #parseAlternatives(inGroup: boolean): { alternatives: GbnfAlternative[]; size: number } {
    const alternatives: GbnfAlternative[] = [];
    let size = 0;
    do {
      if (alternatives.length > 0) this.#in.skipSpace(true);
      const sequence = this.#parseSequence(inGroup);
      alternatives.push(sequence.elements);
      size += sequence.size + 1;
    } while (this.#in.take('|'));
    return { alternatives, size };
  }

  #parseSequence(inGroup: boolean): Omit<Sequence, 'symbols'> {
    const elements: GbnfElement[] = [];
    let size = 0;
    for (;;) {
      const item = this.#parseItem();
      if (item === null) return { elements, size };
      this.#in.skipSpace(inGroup);
      const repeated = this.#parseRepetitions(item, inGroup);
      elements.push(...repeated.elements);
      size += this.#count(repeated.size);
    }
  }

  #parseRepetitions(item: Sequence, inGroup: boolean): Sequence {
    let { size, elements, symbols } = item;
    for (let repetition = readRepetition(this.#in); repetition !== null; repetition = readRepetition(this.#in)) {
      // llama.cpp repeats what stands before an empty literal instead of nothing.
      if (item.elements.length === 0) throw this.#in.problem('an empty literal cannot be repeated');
      this.#in.skipSpace(inGroup);
      symbols *= turnsOf(repetition);
      if (symbols > MAX_REPETITIONS)
        throw this.#in.problem(`repetitions within repetitions come to more than ${MAX_REPETITIONS}`);
      this.#symbols += optionalTurnsOf(repetition);
      size = this.#count(size * Math.max(repetition.least, 1) + optionalTurnsOf(repetition) * (size + 3));
      elements = [this.#repeat(elements, repetition)];
    }
    return { elements, size, symbols };
  }

  #parseItem(): Sequence | null {
    if (this.#in.take('"')) return this.#parseLiteral();
    if (this.#in.take('[')) return single({ type: 'characters', set: this.#parseClass() });
    if (this.#in.take('.')) return single({ type: 'characters', set: ANY_CHARACTER });
    if (this.#in.take('(')) return this.#parseGroup();
    if (this.#in.sees('<') || this.#in.sees('!')) throw this.#in.problem('tokens ("<…>") are not supported here');
    const name = this.#in.match(NAME)?.[0];
    if (name === undefined) return null;
    this.#meet(name);
    return single({ type: 'rule', name });
  }

  #parseLiteral(): Sequence {
    const elements: GbnfElement[] = [];
    while (!this.#in.take('"')) {
      const character = this.#in.character();
      elements.push({ type: 'characters', set: [[character, character]] });
    }
    return { elements, size: elements.length, symbols: 1 };
  }

  #parseClass(): CodePoints {
    const isNegated = this.#in.take('^');
    const ranges: Range[] = [];
    while (!this.#in.take(']')) {
      const first = this.#in.character();
      const isRange = !this.#in.sees('-]') && this.#in.take('-');
      const last = isRange ? this.#in.character() : first;
      if (last < first) throw this.#in.problem('a range of characters ends before it begins');
      ranges.push([first, last]);
    }
    if (ranges.length === 0) throw this.#in.problem('a class of characters is empty');
    return isNegated ? complement(codePoints(ranges)) : codePoints(ranges);
  }

  #parseGroup(): Sequence {
    if (++this.#nesting > MAX_NESTING) throw this.#in.problem(`groups are nested deeper than ${MAX_NESTING}`);
    this.#in.skipSpace(true);
    const before = this.#symbols++;
    const { alternatives, size } = this.#parseAlternatives(true);
    if (!this.#in.take(')')) throw this.#in.problem('a group is not closed with ")"');
    this.#nesting--;
    this.#count(size);
    return { elements: [this.#addRule(alternatives)], size: 1, symbols: this.#symbols - before };
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
    if (this.#rules.size >= MAX_RULES) throw this.#in.problem(`it has more than ${MAX_RULES} rules and groups`);
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
    if (this.#size > MAX_ELEMENTS) throw this.#in.problem('it is too large once its repetitions are written out');
    return size;
  }
}

function single(element: GbnfElement): Sequence {
  return { elements: [element], size: 1, symbols: 1 };
}
