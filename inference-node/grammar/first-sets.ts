// Which characters a rule can begin with, which may follow it, and whether it can be empty: the usual sets of a grammar
// (Aho, Lam, Sethi, Ullman: Compilers, 4.4.2), worked out until nothing changes any more.
import { codePoints, NO_CODE_POINTS, sameCodePoints, type CodePoints } from './code-points.ts';
import type { GbnfAlternative, GbnfElement, GbnfRules } from './gbnf-rules.ts';

export class FirstSets {
  readonly #rules: GbnfRules;
  readonly #nullable = new Set<string>();
  readonly #first = new Map<string, CodePoints>();
  readonly #follow = new Map<string, CodePoints>();

  constructor(rules: GbnfRules) {
    this.#rules = rules;
    this.#untilStable((name, alternatives) => {
      if (this.#nullable.has(name) || !alternatives.some((alternative) => this.isNullable(alternative))) return false;
      this.#nullable.add(name);
      return true;
    });
    this.#untilStable((name, alternatives) =>
      grow(
        this.#first,
        name,
        alternatives.map((alternative) => this.#firstOf(alternative)),
      ),
    );
    this.#untilStable((name, alternatives) => {
      let grew = false;
      for (const alternative of alternatives) grew = this.#followIn(alternative, name) || grew;
      return grew;
    });
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
      parts.push(element.type === 'characters' ? element.set : (this.#first.get(element.name) ?? NO_CODE_POINTS));
      if (!this.isNullable([element])) break;
    }
    return parts.length === 1 ? (parts[0] ?? NO_CODE_POINTS) : codePoints(parts.flat());
  }

  /** From the end on, so that each element is looked at once. */
  #followIn(alternative: GbnfAlternative, rule: string): boolean {
    let after = this.#follow.get(rule) ?? NO_CODE_POINTS;
    let grew = false;
    for (const element of [...alternative].reverse()) {
      if (element.type === 'rule') grew = grow(this.#follow, element.name, [after]) || grew;
      after = this.#before(element, after);
    }
    return grew;
  }

  #before(element: GbnfElement, after: CodePoints): CodePoints {
    const own = this.#firstOf([element]);
    return this.isNullable([element]) ? codePoints([...own, ...after]) : own;
  }

  #untilStable(step: (name: string, alternatives: readonly GbnfAlternative[]) => boolean): void {
    // Rules of groups come before the rules that hold them; backwards for what goes from outside to inside costs a few rounds.
    for (let changed = true; changed;) {
      changed = false;
      for (const [name, alternatives] of this.#rules) changed = step(name, alternatives) || changed;
    }
  }
}

function grow(sets: Map<string, CodePoints>, name: string, added: readonly CodePoints[]): boolean {
  const before = sets.get(name) ?? NO_CODE_POINTS;
  const after = codePoints([...before, ...added.flat()]);
  if (sameCodePoints(before, after)) return false;
  sets.set(name, after);
  return true;
}
