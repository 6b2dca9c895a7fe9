// Whether objects tell which one of them they are by their first property: unions of types with a name, as programs write them.
import { isJsonObject, type JsonObject } from './json-value.ts';

export type Tag = { name: string; options: readonly { value: string; schema: JsonObject }[] };

/** Null when the first properties are not all required, of one name, and of one text each that no other has. */
export function findTag(options: readonly unknown[]): Tag | null {
  const tagged = options.map(firstTag);
  const [first] = tagged;
  if (first === undefined || first === null || options.length < 2) return null;
  const found = tagged.filter((tag) => tag !== null && tag.name === first.name).filter((tag) => tag !== null);
  const isDistinct = new Set(found.map(({ value }) => value)).size === options.length;
  return isDistinct ? { name: first.name, options: found } : null;
}

function firstTag(schema: unknown): { name: string; value: string; schema: JsonObject } | null {
  if (
    !isJsonObject(schema) ||
    ['anyOf', 'oneOf', 'allOf', '$ref', 'enum', 'const'].some((keyword) => schema[keyword] !== undefined)
  )
    return null;
  const { type = 'object', properties, required } = schema;
  if (type !== 'object' || !isJsonObject(properties) || !Array.isArray(required)) return null;
  const [name] = Object.keys(properties);
  if (name === undefined || !required.includes(name)) return null;
  const value = onlyText(properties[name]);
  return value === null ? null : { name, value, schema };
}

/** The one text that is valid by a schema. */
export function onlyText(schema: unknown): string | null {
  if (!isJsonObject(schema)) return null;
  const { const: only, enum: list, type = 'string' } = schema;
  const value: unknown = only ?? (Array.isArray(list) && list.length === 1 ? list[0] : undefined);
  return typeof value === 'string' && type === 'string' ? value : null;
}
