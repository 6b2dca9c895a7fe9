// What a request says about the form of its answer, as a grammar that llama.cpp can follow.
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ResponseFormat } from '../../protocol/inference/response-format.ts';
import type { GrammarConstraint } from '../engine/engine.ts';
import { checkGrammar } from '../grammar/check-grammar.ts';
import { GrammarProblem } from '../grammar/grammar-problem.ts';
import { jsonObjectToGbnf, jsonSchemaToGbnf } from '../json-schema/json-schema-to-gbnf.ts';
import { SchemaProblem } from '../json-schema/schema-problem.ts';

const SCHEMA_PARAM = 'response_format.json_schema.schema';
/** As much as the gateway passes on. */
const MAX_PARAM_LENGTH = 200;

/** The fields of both request types that say it. */
export type GrammarFields = { grammar?: string | undefined; response_format?: ResponseFormat | undefined };

/** Null: the answer is free. Throws `invalid_value` for what cannot be enforced, with the reason and the place. */
export function toGrammar({ grammar, response_format: format }: GrammarFields): GrammarConstraint | null {
  const gbnf = grammar === undefined ? formatGrammar(format) : clientGrammar(grammar, format);
  return gbnf === null ? null : { gbnf, triggers: [], triggerAt: 'start' };
}

function clientGrammar(grammar: string, format: ResponseFormat | undefined): string {
  if (format !== undefined && format.type !== 'text') {
    throw new ApiError('invalid_value', {
      message: "'grammar' and 'response_format' cannot be used together.",
      param: 'grammar',
    });
  }
  try {
    checkGrammar(grammar);
    return grammar;
  } catch (error) {
    if (!(error instanceof GrammarProblem)) throw error;
    throw new ApiError('invalid_value', { message: `'grammar' cannot be used: ${error.message}.`, param: 'grammar' });
  }
}

function formatGrammar(format: ResponseFormat | undefined): string | null {
  switch (format?.type) {
    case 'json_object':
      return jsonObjectToGbnf();
    case 'json_schema':
      return format.json_schema.schema === undefined ? jsonObjectToGbnf() : schemaGrammar(format.json_schema.schema);
    default:
      return null;
  }
}

function schemaGrammar(schema: unknown): string {
  try {
    return jsonSchemaToGbnf(schema);
  } catch (error) {
    if (!(error instanceof SchemaProblem)) throw error;
    const param = `${SCHEMA_PARAM}${error.path}`;
    const shown = param.length <= MAX_PARAM_LENGTH ? param : `${param.slice(0, MAX_PARAM_LENGTH - 1)}…`;
    throw new ApiError('invalid_value', { message: `'${shown}': ${error.message}.`, param: shown });
  }
}
