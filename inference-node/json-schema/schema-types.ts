// The types of JSON values as a schema names them, or means them by the keywords that it has.
import type { JsonObject } from './json-value.ts';
import { SchemaProblem } from './schema-problem.ts';

export const KEYWORDS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties', 'patternProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/** Null: any type. Where a schema names none, its keywords tell which is meant. */
export function typesOf(schema: JsonObject, path: string): string[] | null {
  const { type } = schema;
  if (type === undefined) {
    const meant = Object.entries(KEYWORDS_OF_TYPE).filter(([, keywords]) =>
      keywords.some((keyword) => schema[keyword] !== undefined),
    );
    return meant.length === 0 ? null : meant.map(([name]) => name);
  }
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.length === 0 || !types.every(isType)) {
    throw new SchemaProblem(`${path}.type`, `it must be of ${[...TYPES].join(', ')}`);
  }
  return types.includes('number') ? types.filter((one) => one !== 'integer') : [...types];
}

function isType(value: unknown): value is string {
  return TYPES.has(value);
}

export function hasType(value: unknown, type: unknown): boolean {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (value === null) return types.includes('null');
  if (Array.isArray(value)) return types.includes('array');
  if (typeof value === 'number' && Number.isInteger(value) && types.includes('integer')) return true;
  return types.includes(typeof value);
}
