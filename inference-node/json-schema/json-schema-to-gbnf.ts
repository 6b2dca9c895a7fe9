// JSON schemas as grammars: of a whole answer, or of a part of a larger grammar.
import { checkGrammar } from '../grammar/check-grammar.ts';
import { GrammarProblem } from '../grammar/grammar-problem.ts';
import { SchemaCompiler } from './compile-schema.ts';
import { GbnfWriter } from './gbnf-writer.ts';
import { JsonRules } from './json-rules.ts';
import { SchemaProblem } from './schema-problem.ts';

/** As JSON, in UTF-16 units. */
export const MAX_SCHEMA_LENGTH = 65_536;

/** A grammar of the texts that are valid by the schema. Throws a `SchemaProblem`. */
export function jsonSchemaToGbnf(schema: unknown): string {
  const { rules, name } = jsonSchemaRules(schema, '');
  return checked(`root ::= ${name}\n${rules}`);
}

/** A grammar of any JSON object. */
export function jsonObjectToGbnf(): string {
  const writer = new GbnfWriter();
  const name = new JsonRules(writer).object;
  return `root ::= ${name}\n${writer.toString()}`;
}

/**
 * Rules for a schema, to be put into a larger grammar (which has to be checked as a whole), and the name of the one for the whole
 * value. All names begin with `prefix` (letters, digits, "-").
 */
export function jsonSchemaRules(schema: unknown, prefix: string): { rules: string; name: string } {
  if (JSON.stringify(schema).length > MAX_SCHEMA_LENGTH)
    throw new SchemaProblem('', `the schema is longer than ${MAX_SCHEMA_LENGTH} characters`);
  const writer = new GbnfWriter(prefix);
  const name = new SchemaCompiler(writer, schema).compile(schema);
  return name.startsWith('"') ? { rules: '', name } : { rules: writer.toString(), name };
}

function checked(gbnf: string): string {
  try {
    checkGrammar(gbnf);
    return gbnf;
  } catch (error) {
    if (!(error instanceof GrammarProblem)) throw error;
    throw new SchemaProblem('', `the grammar of this schema cannot be used: ${error.message}`);
  }
}
