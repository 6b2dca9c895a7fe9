// Two schemas as the one that says what both say: for `allOf`, and for what stands beside a `$ref` or a choice.
import { isJsonObject, sameJson, type JsonObject } from './json-value.ts';
import { SchemaProblem } from './schema-problem.ts';

type Merge = (a: unknown, b: unknown, path: string) => unknown;

const least: Merge = (a, b) => (typeof a === 'number' && typeof b === 'number' ? Math.min(a, b) : b);
const most: Merge = (a, b) => (typeof a === 'number' && typeof b === 'number' ? Math.max(a, b) : b);
const onlySame: Merge = (a, b, path) => {
  if (sameJson(a, b)) return a;
  throw new SchemaProblem(path, 'it is there twice with different values, which cannot be enforced together');
};

const MERGES: Readonly<Record<string, Merge>> = {
  type: (a, b) => intersectTypes(toList(a), toList(b)),
  enum: (a, b) => toList(a).filter((one) => toList(b).some((other) => sameJson(one, other))),
  required: (a, b) => [...new Set([...toList(a), ...toList(b)])],
  properties: (a, b, path) => mergeProperties(a, b, path),
  items: (a, b, path) => mergeSchemas(a, b, path),
  minimum: most,
  exclusiveMinimum: most,
  minLength: most,
  minItems: most,
  maximum: least,
  exclusiveMaximum: least,
  maxLength: least,
  maxItems: least,
  $defs: onlySame,
  definitions: onlySame,
};
/** They say nothing about a value. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$anchor',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'discriminator',
  'contentEncoding',
  'contentMediaType',
]);

/** Throws a `SchemaProblem` where that cannot be said in one schema. */
export function mergeSchemas(a: unknown, b: unknown, path: string): unknown {
  if (a === true || (isJsonObject(a) && Object.keys(a).length === 0)) return b;
  if (b === true || (isJsonObject(b) && Object.keys(b).length === 0)) return a;
  if (a === false || b === false) return false;
  if (!isJsonObject(a) || !isJsonObject(b)) throw new SchemaProblem(path, 'a schema must be an object or a boolean');
  refuseHiddenProperties(a, b, path);
  const merged: Record<string, unknown> = { ...a };
  for (const [keyword, value] of Object.entries(b)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const merge = MERGES[keyword] ?? onlySame;
    merged[keyword] = Object.hasOwn(a, keyword) ? merge(a[keyword], value, `${path}.${keyword}`) : value;
  }
  return merged;
}

/** `additionalProperties` of one speaks of the properties of that one alone. */
function refuseHiddenProperties(a: JsonObject, b: JsonObject, path: string): void {
  for (const [closed, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const { additionalProperties = true } = closed;
    const own = isJsonObject(closed['properties']) ? closed['properties'] : {};
    const others = isJsonObject(other['properties']) ? Object.keys(other['properties']) : [];
    if (additionalProperties !== true && others.some((name) => !Object.hasOwn(own, name))) {
      throw new SchemaProblem(
        `${path}.additionalProperties`,
        'it forbids what another part of the same schema asks for, or cannot be enforced with it',
      );
    }
  }
}

function mergeProperties(a: unknown, b: unknown, path: string): unknown {
  if (!isJsonObject(a) || !isJsonObject(b)) throw new SchemaProblem(path, 'it must be an object');
  const merged: Record<string, unknown> = { ...a };
  for (const [name, schema] of Object.entries(b)) {
    merged[name] = Object.hasOwn(a, name) ? { allOf: [a[name], schema] } : schema;
  }
  return merged;
}

function intersectTypes(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const narrowed = (types: readonly unknown[], others: readonly unknown[]): unknown[] =>
    types.filter((type) => others.includes(type) || (type === 'integer' && others.includes('number')));
  return [...new Set([...narrowed(a, b), ...narrowed(b, a)])];
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
