// `minProperties` and `maxProperties`: how many properties an object has is not counted, but may follow from the rest.
import type { JsonObject } from './json-value.ts';
import type { Property } from './object-grammar.ts';
import { SchemaProblem } from './schema-problem.ts';
import { wholeNumber } from './whole-number.ts';

/** Throws a `SchemaProblem` where it does not follow. `own`: the properties that the schema names. */
export function checkPropertyCount(
  { minProperties = 0, maxProperties, additionalProperties }: JsonObject,
  own: readonly Property[],
  path: string,
): void {
  const least = wholeNumber(minProperties, `${path}.minProperties`, Number.MAX_SAFE_INTEGER);
  if (least > own.filter(({ isRequired }) => isRequired).length)
    throw new SchemaProblem(`${path}.minProperties`, 'it cannot be enforced beyond the properties that are required');
  if (maxProperties === undefined) return;
  const isOpen = additionalProperties !== false && (additionalProperties !== undefined || own.length === 0);
  if (isOpen || wholeNumber(maxProperties, `${path}.maxProperties`, Number.MAX_SAFE_INTEGER) < own.length)
    throw new SchemaProblem(`${path}.maxProperties`, 'it cannot be enforced');
}
