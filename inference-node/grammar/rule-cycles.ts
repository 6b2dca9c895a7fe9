// Which rules hold each other, and where such a cycle nests: where something must come after the inner rule, so that llama.cpp has to
// remember it.
import type { GbnfAlternative, GbnfRules } from './gbnf-rules.ts';

export class RuleCycles {
  /** By rule: a number of the cycle that it belongs to. */
  readonly #cycleOf = new Map<string, number>();
  readonly #nesting = new Set<number>();

  constructor(rules: GbnfRules) {
    this.#findCycles(rules);
    for (const [name, alternatives] of rules) {
      const cycle = this.#cycleOf.get(name);
      const nests = alternatives.some((alternative) =>
        alternative
          .slice(0, -1)
          .some((element) => element.type === 'rule' && this.#cycleOf.get(element.name) === cycle),
      );
      if (nests && cycle !== undefined) this.#nesting.add(cycle);
    }
  }

  /** Whether this alternative leads back to its rule, in a cycle that nests. */
  nestsFrom(rule: string, alternative: GbnfAlternative): boolean {
    const cycle = this.#cycleOf.get(rule);
    if (cycle === undefined || !this.#nesting.has(cycle)) return false;
    return alternative.some((element) => element.type === 'rule' && this.#cycleOf.get(element.name) === cycle);
  }

  /** Strongly connected components (Tarjan, 1972), without recursion: a chain of rules may be long. */
  #findCycles(rules: GbnfRules): void {
    const order = new Map<string, number>();
    const lowest = new Map<string, number>();
    const open: string[] = [];
    const isOpen = new Set<string>();
    const low = (name: string): number => lowest.get(name) ?? 0;
    for (const start of rules.keys()) {
      if (order.has(start)) continue;
      const path: { name: string; next: string[] }[] = [];
      const enter = (name: string): void => {
        order.set(name, order.size);
        lowest.set(name, order.size - 1);
        open.push(name);
        isOpen.add(name);
        path.push({ name, next: [...namesIn(rules.get(name) ?? [])] });
      };
      enter(start);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const next = top.next.shift();
        if (next !== undefined) {
          if (!order.has(next)) enter(next);
          else if (isOpen.has(next)) lowest.set(top.name, Math.min(low(top.name), order.get(next) ?? 0));
          continue;
        }
        path.pop();
        const parent = path.at(-1);
        if (parent !== undefined) lowest.set(parent.name, Math.min(low(parent.name), low(top.name)));
        if (low(top.name) === order.get(top.name)) this.#close(top.name, open, isOpen);
      }
    }
  }

  #close(root: string, open: string[], isOpen: Set<string>): void {
    const cycle = this.#cycleOf.size;
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      isOpen.delete(name);
      this.#cycleOf.set(name, cycle);
      if (name === root) return;
    }
  }
}

function* namesIn(alternatives: readonly GbnfAlternative[]): Generator<string> {
  for (const alternative of alternatives)
    for (const element of alternative) if (element.type === 'rule') yield element.name;
}
