// Whether a grammar can be given to llama.cpp, which follows every reading of an answer that is still possible, each with a stack
// of its own, and has no bound on their number: a small grammar can make them double at every character. So what is looked for
// is not whether a grammar is ambiguous, but whether its stacks stay few: where rules hold each other recursively, the next
// character must tell which way to go; elsewhere the ways that begin alike are counted.
import type { CodePoints } from './code-points.ts';
import { FirstSets } from './first-sets.ts';
import { ROOT_RULE, type GbnfAlternative, type GbnfElement, type GbnfRules } from './gbnf-rules.ts';
import { GrammarProblem } from './grammar-problem.ts';
import { RuleCycles } from './rule-cycles.ts';

/** Readings that may be possible at once: llama.cpp looks at each candidate token for each of them. */
const MAX_READINGS = 2_048;
/** llama.cpp looks for left recursion along every path from a rule's beginning, again for each. */
const MAX_PATHS = 100_000;

/** Throws a `GrammarProblem` for rules that llama.cpp cannot take, or might not survive. */
export function checkRules(rules: GbnfRules): void {
  if (!rules.has(ROOT_RULE)) throw new GrammarProblem(`it has no rule "${ROOT_RULE}"`);
  for (const alternatives of rules.values()) {
    for (const name of alternatives.flatMap(ruleNames)) {
      if (!rules.has(name)) throw new GrammarProblem(`the rule "${name}" is used, but not there`);
    }
  }
  const firsts = new FirstSets(rules);
  checkBeginnings(rules, firsts);
  new Readings(rules, firsts).check();
}

/** Left recursion never ends in llama.cpp; neither do too many ways to look for it. */
function checkBeginnings(rules: GbnfRules, firsts: FirstSets): void {
  const paths = new Map<string, number>();
  const visit = (name: string): number => {
    const known = paths.get(name);
    if (known === 0) throw new GrammarProblem(`${printable(name)} begins with itself (left recursion)`);
    if (known !== undefined) return known;
    paths.set(name, 0);
    let count = 1;
    for (const next of (rules.get(name) ?? []).flatMap((alternative) => beginnings(alternative, firsts))) {
      count += visit(next);
    }
    if (count > MAX_PATHS)
      throw new GrammarProblem(`too many of its rules may stand at the beginning of ${printable(name)}`);
    paths.set(name, count);
    return count;
  };
  for (const name of rules.keys()) visit(name);
}

function beginnings(alternative: GbnfAlternative, firsts: FirstSets): string[] {
  const names: string[] = [];
  for (const element of alternative) {
    if (element.type === 'rule') names.push(element.name);
    if (!firsts.isNullable([element])) break;
  }
  return names;
}

class Readings {
  readonly #rules: GbnfRules;
  readonly #cycles: RuleCycles;
  /** Rules of which some alternatives begin alike. */
  readonly #unclear = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(rules: GbnfRules, firsts: FirstSets) {
    this.#rules = rules;
    this.#cycles = new RuleCycles(rules);
    for (const [name, alternatives] of rules) {
      const alike = alternativesAlike(alternatives, (alternative) => firsts.select(name, alternative));
      if (alike.length > 0) this.#unclear.add(name);
      if (alike.some((alternative) => this.#cycles.nestsFrom(name, alternative))) {
        throw new GrammarProblem(
          `${printable(name)} holds itself, and what it may begin with does not tell which of its alternatives it is`,
        );
      }
    }
  }

  check(): void {
    for (const name of this.#rules.keys()) {
      if (this.#count(name) > MAX_READINGS)
        throw new GrammarProblem(`too many readings of the same text are possible in ${printable(name)}`);
    }
  }

  /** How many stacks may stand within a rule at once. What is called last leaves nothing on the stack, so it is counted once. */
  #count(name: string): number {
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    // Within a cycle that nests, the way is clear: one turn adds nothing.
    this.#counts.set(name, 1);
    const group = this.#lastCalls(name);
    const nested = group.flatMap((rule) =>
      (this.#rules.get(rule) ?? []).map((alternative) => this.#nested(alternative)),
    );
    const isClear = group.every((rule) => !this.#unclear.has(rule));
    const count = isClear ? Math.max(1, ...nested) : nested.reduce((sum, one) => sum + one, 0);
    this.#counts.set(name, Math.min(count, MAX_READINGS + 1));
    return count;
  }

  #nested(alternative: GbnfAlternative): number {
    const inside = alternative.slice(0, -1).filter((element) => element.type === 'rule');
    return Math.max(1, ...inside.map((element) => this.#count(element.name)));
  }

  /** The rule, and all that stand last in one of them. */
  #lastCalls(name: string): string[] {
    const found = new Set([name]);
    for (const rule of found) {
      for (const alternative of this.#rules.get(rule) ?? []) {
        const last = alternative.at(-1);
        if (last?.type === 'rule') found.add(last.name);
      }
    }
    return [...found];
  }
}

/** Those that begin with a character with which another one begins, too; and those that nothing can begin. */
function alternativesAlike(
  alternatives: readonly GbnfAlternative[],
  select: (alternative: GbnfAlternative) => CodePoints,
): GbnfAlternative[] {
  if (alternatives.length < 2) return [];
  const alike = new Set<number>();
  const ranges = alternatives.flatMap((alternative, index) => {
    const set = select(alternative);
    if (set.length === 0) alike.add(index);
    return set.map(([first, last]) => ({ first, last, index }));
  });
  ranges.sort((a, b) => a.first - b.first);
  let widest = { last: -1, index: -1 };
  for (const { first, last, index } of ranges) {
    if (first <= widest.last && index !== widest.index) alike.add(index).add(widest.index);
    if (last > widest.last) widest = { last, index };
  }
  return alternatives.filter((_, index) => alike.has(index));
}

function ruleNames(alternative: GbnfAlternative): string[] {
  return alternative
    .filter((element): element is GbnfElement & { type: 'rule' } => element.type === 'rule')
    .map(({ name }) => name);
}

/** Rules of groups are not the writer's: the rule that holds them is. */
function printable(name: string): string {
  const [own = ''] = name.split('_');
  return own === name ? `the rule "${name}"` : `a group in the rule "${own}"`;
}
