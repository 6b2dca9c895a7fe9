// Which characters a rule can begin with, which may follow it, and whether it can be empty: the usual sets of a grammar
// (Aho, Lam, Sethi, Ullman: Compilers, 4.4.2), worked out until nothing changes any more, within a bound on the work.
import { codePoints, NO_CODE_POINTS, sameCodePoints, type CodePoints } from './code-points.ts';
import type { GbnfAlternative, GbnfElement, GbnfRules } from './gbnf-rules.ts';
import { GrammarProblem } from './grammar-problem.ts';

/** Elements and ranges looked at: some 100 ms. Grammars that people write take a hundredth of it. */
const MAX_WORK = 2_000_000;

export class FirstSets {
  readonly #rules: GbnfRules;
  /** By rule: those that hold it. */
  readonly #holders = new Map<string, Set<string>>();
  readonly #nullable = new Set<string>();
  readonly #first = new Map<string, CodePoints>();
  readonly #follow = new Map<string, CodePoints>();
  #work = 0;

  /** Throws a `GrammarProblem` when it is too much work. */
  constructor(rules: GbnfRules) {
    this.#rules = rules;
    for (const [name, alternatives] of rules) {
      for (const element of alternatives.flat()) {
        if (element.type !== 'rule') continue;
        const holders = this.#holders.get(element.name) ?? new Set();
        this.#holders.set(element.name, holders.add(name));
      }
    }
    this.#untilStable((name, alternatives) => {
      if (this.#nullable.has(name) || !alternatives.some((alternative) => this.isNullable(alternative))) return [];
      this.#nullable.add(name);
      return this.#holdersOf(name);
    });
    this.#untilStable((name, alternatives) => {
      const sets = alternatives.map((alternative) => this.#firstOf(alternative));
      return this.#grow(this.#first, name, sets) ? this.#holdersOf(name) : [];
    });
    this.#untilStable((name, alternatives) => alternatives.flatMap((alternative) => this.#followIn(alternative, name)));
  }

  isNullable(elements: GbnfAlternative): boolean {
    return elements.every((element) => element.type === 'rule' && this.#nullable.has(element.name));
  }

  /** The characters by which one knows that it is this alternative of the rule: what follows the rule, where it may be empty. */
  select(rule: string, alternative: GbnfAlternative): CodePoints {
    const first = this.#firstOf(alternative);
    return this.isNullable(alternative) ? codePoints([...first, ...(this.#follow.get(rule) ?? [])]) : first;
  }

  #firstOf(elements: GbnfAlternative): CodePoints {
    const parts: CodePoints[] = [];
    for (const element of elements) {
      parts.push(this.#firstOfElement(element));
      if (!this.isNullable([element])) break;
    }
    return parts.length === 1 ? (parts[0] ?? NO_CODE_POINTS) : codePoints(parts.flat());
  }

  #firstOfElement(element: GbnfElement): CodePoints {
    return element.type === 'characters' ? element.set : (this.#first.get(element.name) ?? NO_CODE_POINTS);
  }

  /** From the end on, so that each element is looked at once. Returns the rules of which more is known now. */
  #followIn(alternative: GbnfAlternative, rule: string): string[] {
    let after = this.#follow.get(rule) ?? NO_CODE_POINTS;
    const grown: string[] = [];
    for (const element of [...alternative].reverse()) {
      if (element.type === 'rule' && this.#grow(this.#follow, element.name, [after])) grown.push(element.name);
      const own = this.#firstOfElement(element);
      after = this.isNullable([element]) ? codePoints([...own, ...after]) : own;
      this.#spend(1 + after.length);
    }
    return grown;
  }

  #grow(sets: Map<string, CodePoints>, name: string, added: readonly CodePoints[]): boolean {
    const before = sets.get(name) ?? NO_CODE_POINTS;
    const after = codePoints([...before, ...added.flat()]);
    this.#spend(before.length + added.reduce((sum, set) => sum + 1 + set.length, 0));
    if (sameCodePoints(before, after)) return false;
    sets.set(name, after);
    return true;
  }

  #holdersOf(name: string): Iterable<string> {
    return this.#holders.get(name) ?? [];
  }

  /** Looks at every rule, then again at those that `step` names. */
  #untilStable(step: (name: string, alternatives: readonly GbnfAlternative[]) => Iterable<string>): void {
    const waiting = new Set(this.#rules.keys());
    for (const name of waiting) {
      waiting.delete(name);
      const alternatives = this.#rules.get(name) ?? [];
      this.#spend(alternatives.length);
      for (const next of step(name, alternatives)) waiting.add(next);
    }
  }

  #spend(work: number): void {
    this.#work += work;
    if (this.#work > MAX_WORK)
      throw new GrammarProblem('it is too intricate: its rules can follow each other in too many ways');
  }
}
