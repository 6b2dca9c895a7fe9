// The one gate for grammars, a client's own or one that was made from its schema: whatever passes, llama.cpp can read and follow.
import { checkRules } from './check-rules.ts';
import { GrammarProblem } from './grammar-problem.ts';
import { parseGbnf } from './parse-gbnf.ts';

/** Of a text in UTF-16 units. */
export const MAX_GRAMMAR_LENGTH = 65_536;

/** Throws a `GrammarProblem`: a sentence for whoever wrote the grammar. */
export function checkGrammar(gbnf: string): void {
  if (gbnf.length > MAX_GRAMMAR_LENGTH) throw new GrammarProblem(`it is longer than ${MAX_GRAMMAR_LENGTH} characters`);
  checkRules(parseGbnf(gbnf));
}
