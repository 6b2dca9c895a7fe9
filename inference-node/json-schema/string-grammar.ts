// Strings: their length, their pattern, or their format; one of the three, since a grammar cannot count and match at once.
import { repeated } from './gbnf-writer.ts';
import type { JsonRules } from './json-rules.ts';
import type { JsonObject } from './json-value.ts';
import { SchemaProblem } from './schema-problem.ts';
import { STRING_FORMATS } from './string-formats.ts';
import { stringPattern } from './string-pattern.ts';
import { wholeNumber } from './whole-number.ts';

/** llama.cpp counts to 2,000; longer texts are counted in parts. */
const MAX_COUNTED = 2_000;
/** Each counted character is an element of the grammar. */
const MAX_LENGTH = 10_000;

export function stringGrammar(schema: JsonObject, path: string, json: JsonRules): string {
  const { pattern, format, minLength, maxLength } = schema;
  const given = Object.entries({ pattern, format, minLength: minLength ?? maxLength }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 1)
    throw new SchemaProblem(
      `${path}.${given[0]?.[0] ?? ''}`,
      `it cannot be enforced together with "${given[1]?.[0] ?? ''}"`,
    );
  if (pattern !== undefined) {
    if (typeof pattern !== 'string') throw new SchemaProblem(`${path}.pattern`, 'it must be a string');
    return quoted(stringPattern(pattern, `${path}.pattern`, json.character));
  }
  if (format !== undefined) return quoted(formatGrammar(format, `${path}.format`));
  if (minLength === undefined && maxLength === undefined) return json.string;
  const least = wholeNumber(minLength ?? 0, `${path}.minLength`, MAX_LENGTH);
  const most = maxLength === undefined ? null : wholeNumber(maxLength, `${path}.maxLength`, MAX_LENGTH);
  if (most !== null && most < least) throw new SchemaProblem(`${path}.maxLength`, 'it is less than "minLength"');
  return quoted(counted(json, least, most));
}

function formatGrammar(format: unknown, path: string): string {
  const grammar = typeof format === 'string' ? STRING_FORMATS.get(format) : undefined;
  if (grammar !== undefined) return grammar;
  throw new SchemaProblem(path, `it cannot be enforced; these can: ${[...STRING_FORMATS.keys()].join(', ')}`);
}

/** First what must be there, then what may, each in parts that llama.cpp counts. */
function counted(json: JsonRules, least: number, most: number | null): string {
  const { character } = json;
  if (least > MAX_COUNTED) {
    const rest = counted(json, least - MAX_COUNTED, most === null ? null : most - MAX_COUNTED);
    return `${json.part(`${character}{${MAX_COUNTED}}`)} ${rest}`;
  }
  if (most === null || most <= MAX_COUNTED) return json.part(repeated(character, least, most));
  const [short, full] = [repeated(character, least, MAX_COUNTED), `${character}{${MAX_COUNTED}}`].map((part) =>
    json.part(part),
  );
  return json.part(`${short ?? ''} | ${full ?? ''} ${counted(json, 1, most - MAX_COUNTED)}`);
}

function quoted(inside: string): string {
  return `"\\"" ${inside} "\\""`;
}
