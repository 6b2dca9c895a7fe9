// The grammar of calls: the names of the tools, and for each the JSON that its parameters ask for.
import { checkGrammar } from '../grammar/check-grammar.ts';
import { GrammarProblem } from '../grammar/grammar-problem.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { Tool } from '../../protocol/inference/tools.ts';
import { jsonSchemaRules } from '../json-schema/json-schema-to-gbnf.ts';
import { literalChoice } from '../json-schema/literal-choice.ts';
import { SchemaProblem } from '../json-schema/schema-problem.ts';

const NO_PARAMETERS = { type: 'object', properties: {}, additionalProperties: false };
/** As much as the gateway passes on. */
const MAX_PARAM_LENGTH = 200;
const SPACE_RULE = String.raw`space ::= | " " | "\n" [ \t]{0,20}`;

/** How a call is written around the tool's name and its arguments. */
export type CallForm = {
  /** What stands before the name, as GBNF; `space` is a rule. */
  before: string;
  /** Between the name and the arguments, as it is written. */
  nameEnd: string;
  between: string;
  after: string;
};

/** `{"name": "…", KEY: {…}}` */
export function jsonCall(key: string): CallForm {
  return {
    before: String.raw`"{" space "\"name\":" space "\""`,
    nameEnd: '"',
    between: String.raw`"," space "\"${key}\":" space`,
    after: 'space "}"',
  };
}

/** A grammar whose rule `root` is this expression, in which `call` is one call of one of the tools. Throws an `ApiError`. */
export function callGrammar(root: string, tools: readonly Tool[], form: CallForm): string {
  const choices: { text: string; then: string }[] = [];
  const rules = tools.map((tool, index) => {
    const { rules: own, name } = parameterRules(tool, index);
    choices.push({ text: tool.function.name + form.nameEnd, then: `${form.between} ${name} ${form.after}`.trim() });
    return own;
  });
  const gbnf = [`root ::= ${root}`, `call ::= ${form.before} ${literalChoice(choices)}`, SPACE_RULE, ...rules].join(
    '\n',
  );
  try {
    checkGrammar(gbnf);
  } catch (error) {
    if (!(error instanceof GrammarProblem)) throw error;
    throw new ApiError('invalid_value', {
      message: `The grammar of these tools cannot be used: ${error.message}.`,
      param: 'tools',
    });
  }
  return gbnf;
}

function parameterRules(tool: Tool, index: number): { rules: string; name: string } {
  try {
    return jsonSchemaRules(objectSchema(tool.function.parameters), `t${index}-`);
  } catch (error) {
    if (!(error instanceof SchemaProblem)) throw error;
    const param = `tools[${index}].function.parameters${error.path}`.slice(0, MAX_PARAM_LENGTH);
    throw new ApiError('invalid_value', { message: `'${param}': ${error.message}.`, param });
  }
}

/** Arguments are always an object, even where the schema does not say so. */
function objectSchema(parameters: Tool['function']['parameters']): unknown {
  if (parameters === undefined || Object.keys(parameters).length === 0) return NO_PARAMETERS;
  const { type = 'object' } = parameters;
  if (type !== 'object') throw new SchemaProblem('.type', 'the parameters of a tool are an object');
  return { ...parameters, type };
}
