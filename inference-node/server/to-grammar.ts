// What a request says about the form of its answer, as a grammar that llama.cpp can follow.
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { GrammarConstraint } from '../engine/engine.ts';
import { checkGrammar } from '../grammar/check-grammar.ts';
import { GrammarProblem } from '../grammar/grammar-problem.ts';

/** The fields of both request types that say it. */
export type GrammarFields = { grammar?: string | undefined };

/** Null: the answer is free. Throws `invalid_value` for a grammar that cannot be followed, with the reason. */
export function toGrammar({ grammar }: GrammarFields): GrammarConstraint | null {
  if (grammar === undefined) return null;
  try {
    checkGrammar(grammar);
  } catch (error) {
    if (!(error instanceof GrammarProblem)) throw error;
    throw new ApiError('invalid_value', { message: `'grammar' cannot be used: ${error.message}.`, param: 'grammar' });
  }
  return { gbnf: grammar, triggers: [], triggerAt: 'start' };
}
