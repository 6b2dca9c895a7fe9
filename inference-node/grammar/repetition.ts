// How often something is repeated in a grammar, and what that is to llama.cpp, which copies it out.
import type { GbnfScanner } from './gbnf-scanner.ts';

/** llama.cpp's own bound on repetitions; what is above it, it takes for "any number". */
export const MAX_REPETITIONS = 2_000;
const REPETITION = /\{[ \t]*(\d{1,9})[ \t]*(?:(,)[ \t]*(\d{1,9})?[ \t]*)?\}/y;

export type Repetition = { least: number; most: number };

/** Null: what was read is there once. Throws a `GrammarProblem`. */
export function readRepetition(scanner: GbnfScanner): Repetition | null {
  if (scanner.take('*')) return { least: 0, most: Infinity };
  if (scanner.take('+')) return { least: 1, most: Infinity };
  if (scanner.take('?')) return { least: 0, most: 1 };
  if (!scanner.sees('{')) return null;
  const [, from, comma, to] = scanner.match(REPETITION) ?? [];
  if (from === undefined) throw scanner.problem('a repetition is not of the form {m}, {m,} or {m,n}');
  const least = Number(from);
  const most = comma === undefined ? least : to === undefined ? Infinity : Number(to);
  if (least > MAX_REPETITIONS || (most !== Infinity && most > MAX_REPETITIONS))
    throw scanner.problem(`something is repeated more than ${MAX_REPETITIONS} times`);
  if (most < least) throw scanner.problem('a repetition ends before it begins');
  return { least, most };
}

/** As llama.cpp counts them against its bound. */
export function turnsOf({ least, most }: Repetition): number {
  return most !== Infinity && most > 0 ? most : Math.max(least, 1);
}

export function optionalTurnsOf({ least, most }: Repetition): number {
  return most === Infinity ? 1 : most - least;
}
