// What is wrong with a GGUF file, found while reading it. Thrown inside gguf/ only; outside it is a value.

export class GgufProblem extends Error {
  override readonly name = 'GgufProblem';
}
