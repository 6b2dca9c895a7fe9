// Numbers, whole or not, between bounds.
import { integerRange, LARGEST_INTEGER } from './integer-range.ts';
import type { JsonRules } from './json-rules.ts';
import type { JsonObject } from './json-value.ts';
import { numberRange, type Bound } from './number-range.ts';
import { SchemaProblem } from './schema-problem.ts';

export function integerGrammar(schema: JsonObject, path: string, json: JsonRules): string {
  if (schema['multipleOf'] !== undefined && schema['multipleOf'] !== 1) {
    throw new SchemaProblem(`${path}.multipleOf`, 'it cannot be enforced');
  }
  const { least, most } = boundsOf(schema, path);
  if (least === null && most === null) return json.integer;
  const from =
    least === null
      ? -LARGEST_INTEGER
      : Math.ceil(least.value) + (least.isExclusive && Number.isInteger(least.value) ? 1 : 0);
  const to =
    most === null
      ? LARGEST_INTEGER
      : Math.floor(most.value) - (most.isExclusive && Number.isInteger(most.value) ? 1 : 0);
  return integerRange(from, to) ?? empty(path);
}

export function numberGrammar(schema: JsonObject, path: string, json: JsonRules): string {
  if (schema['multipleOf'] !== undefined) throw new SchemaProblem(`${path}.multipleOf`, 'it cannot be enforced');
  const { least, most } = boundsOf(schema, path);
  if (least === null && most === null) return json.number;
  for (const [bound, keyword] of [
    [least, 'minimum'],
    [most, 'maximum'],
  ] as const) {
    if (bound !== null && !Number.isInteger(bound.value))
      throw new SchemaProblem(
        `${path}.${keyword}`,
        'for numbers that need not be whole, only a whole bound can be enforced',
      );
  }
  return numberRange(least, most) ?? empty(path);
}

/** The tighter one where the inclusive and the exclusive keyword are both there. */
function boundsOf(schema: JsonObject, path: string): { least: Bound | null; most: Bound | null } {
  const read = (keyword: string, isExclusive: boolean): Bound[] => {
    const value = schema[keyword];
    if (value === undefined) return [];
    if (typeof value !== 'number') throw new SchemaProblem(`${path}.${keyword}`, 'it must be a number');
    if (Math.abs(value) > LARGEST_INTEGER)
      throw new SchemaProblem(`${path}.${keyword}`, `bounds beyond ±${LARGEST_INTEGER} cannot be enforced`);
    return [{ value, isExclusive }];
  };
  const lower = [...read('exclusiveMinimum', true), ...read('minimum', false)].sort((a, b) => b.value - a.value);
  const upper = [...read('exclusiveMaximum', true), ...read('maximum', false)].sort((a, b) => a.value - b.value);
  return { least: lower[0] ?? null, most: upper[0] ?? null };
}

function empty(path: string): never {
  throw new SchemaProblem(path, 'no number is between its bounds');
}
