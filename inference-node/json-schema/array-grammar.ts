// Arrays: what each place holds, and how many there are.
import { repeated } from './gbnf-writer.ts';

export type ArrayGrammarOptions = {
  /** The rule of white space. */
  space: string;
  /** The rules of the first places. */
  prefix: readonly string[];
  /** The rule of all further ones; null: there are none. */
  item: string | null;
  least: number;
  /** Null: any number. */
  most: number | null;
};

export function arrayGrammar({ space, prefix, item, least, most }: ArrayGrammarOptions): string {
  const longest = item === null ? Math.min(most ?? Infinity, prefix.length) : (most ?? Infinity);
  const at = (place: number): string | null => (place < longest ? (prefix[place] ?? item) : null);
  const from = (place: number): string => {
    const value = at(place);
    if (value === null) return '';
    const next = `"," ${space} ${value}`;
    if (place >= prefix.length)
      return repeated(next, Math.max(0, least - place), longest === Infinity ? null : longest - place);
    const rest = `${next} ${from(place + 1)}`.trimEnd();
    return place < least ? rest : `(${rest})?`;
  };
  const first = at(0);
  if (first === null) return `"[" ${space} "]"`;
  const items = `${first} ${from(1)}`.trimEnd();
  return least > 0 ? `"[" ${space} ${items} ${space} "]"` : `"[" ${space} (${items} ${space})? "]"`;
}
