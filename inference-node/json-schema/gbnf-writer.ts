// Writes grammars: rules with names that do not clash, the same body only once. Expressions are texts of GBNF that may stand
// in a sequence: whoever makes alternatives puts them into a group.
import { SchemaProblem } from './schema-problem.ts';

/** A schema that needs more is hardly one that a model can follow. */
const MAX_RULES = 4_000;

export class GbnfWriter {
  readonly #rules = new Map<string, string>();
  readonly #byBody = new Map<string, string>();
  readonly #prefix: string;

  /** `prefix`: what all names begin with, so that rules of several writers can stand together. */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** A name for a rule that is written later; what refers to itself needs it before. */
  reserve(hint: string): string {
    if (this.#rules.size >= MAX_RULES) throw new SchemaProblem('', 'the schema is too large for a grammar');
    const name = `${this.#prefix}${hint.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${this.#rules.size}`;
    this.#rules.set(name, '');
    return name;
  }

  define(name: string, body: string): void {
    this.#rules.set(name, body);
  }

  /** The name of a rule with this body. */
  rule(hint: string, body: string): string {
    const known = this.#byBody.get(body);
    if (known !== undefined) return known;
    const name = this.reserve(hint);
    this.define(name, body);
    this.#byBody.set(body, name);
    return name;
  }

  /** All rules, a line each. */
  toString(): string {
    return [...this.#rules].map(([name, body]) => `${name} ::= ${body}\n`).join('');
  }
}

/** A text as it is, as a literal. */
export function literal(text: string): string {
  const escaped = text
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

/** One of several expressions. */
export function oneOf(expressions: readonly string[]): string {
  const [only] = expressions;
  return expressions.length === 1 && only !== undefined ? only : `(${expressions.join(' | ')})`;
}

/** An expression between `least` and `most` times; `most` null: any number of times. */
export function repeated(expression: string, least: number, most: number | null): string {
  if (most === null) return least === 0 ? `(${expression})*` : `(${expression}){${least},}`;
  if (most === 0) return '""';
  return least === 1 && most === 1 ? expression : `(${expression}){${least},${most}}`;
}
