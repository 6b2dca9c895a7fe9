// `oneOf`: valid by exactly one. A grammar can offer the choice, but cannot see to it that the others do not hold as well: so it has to
// follow from the schemas themselves.
import { onlyText } from './find-tag.ts';
import { isJsonObject, sameJson } from './json-value.ts';

const PROBLEM =
  'it cannot be enforced: nothing tells these schemas apart (a type, a list of values, or a required property with one value each). If more than one may hold, say "anyOf"';

/** Null when no value is valid by two of them; else what to say. */
export function exclusiveProblem(options: readonly unknown[]): string | null {
  const isExclusive = options.every((option, index) =>
    options.slice(index + 1).every((other) => areApart(option, other)),
  );
  return isExclusive ? null : PROBLEM;
}

function areApart(a: unknown, b: unknown): boolean {
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const [values, otherValues] = [valuesOf(a), valuesOf(b)];
  if (values !== null && otherValues !== null)
    return !values.some((value) => otherValues.some((other) => sameJson(value, other)));
  const [types, otherTypes] = [typesOf(a), typesOf(b)];
  if (types !== null && otherTypes !== null && !types.some((type) => otherTypes.includes(type))) return true;
  return tagsOf(a).some(([name, value]) =>
    tagsOf(b).some(([otherName, other]) => name === otherName && value !== other),
  );
}

function valuesOf(schema: { readonly [name: string]: unknown }): readonly unknown[] | null {
  if (schema['const'] !== undefined) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : null;
}

/** `integer` counts as `number`. */
function typesOf(schema: { readonly [name: string]: unknown }): unknown[] | null {
  const { type } = schema;
  if (type === undefined) return null;
  return (Array.isArray(type) ? type : [type]).map((one: unknown) => (one === 'integer' ? 'number' : one));
}

/** Required properties with one text each, of what is an object and nothing else. */
function tagsOf(schema: { readonly [name: string]: unknown }): [name: string, value: string][] {
  const { type, properties, required } = schema;
  if (type !== 'object' || !isJsonObject(properties) || !Array.isArray(required)) return [];
  return Object.entries(properties).flatMap(([name, property]): [string, string][] => {
    const value = onlyText(property);
    return value !== null && required.includes(name) ? [[name, value]] : [];
  });
}
