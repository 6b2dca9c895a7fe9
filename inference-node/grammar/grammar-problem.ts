// What is wrong with a grammar, in a sentence for whoever wrote it. A value of the caller's, not a bug of ours.

export class GrammarProblem extends Error {
  override readonly name = 'GrammarProblem';
}
