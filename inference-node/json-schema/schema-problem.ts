// What is wrong with a JSON schema, or in it beyond what a grammar can enforce: a sentence for whoever wrote it, and where.

export class SchemaProblem extends Error {
  override readonly name = 'SchemaProblem';
  /** The keywords and names that lead there, e.g. `.properties.age.multipleOf`; empty for the schema itself. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
