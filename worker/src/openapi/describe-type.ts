// A JSON Schema in a few words, for the reference page: "integer, 1 to 4", "text or null".
import { COMPONENT_PREFIX, type JsonSchema } from './schema-components.ts';

/** What may stand in a field: names of components are given as `{Name}`. */
export function describeType(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `{${schema.$ref.slice(COMPONENT_PREFIX.length)}}`;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return joinBranches(branches);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => nameOf(type)).join(' or ');
  if (schema.type === 'array') return `array of ${describeItems(schema)}`;
  return `${nameOf(schema.type)}${describeRange(schema)}`;
}

type Branch = JsonSchema | boolean;

function joinBranches(branches: readonly Branch[]): string {
  const texts = branches.flatMap((branch) => (isImpossible(branch) ? [] : [describeBranch(branch)]));
  return [...new Set(texts)].join(' or ');
}

function describeBranch(branch: Branch): string {
  return typeof branch === 'boolean' ? 'anything' : describeType(branch);
}

function isImpossible(branch: Branch): boolean {
  return typeof branch !== 'boolean' && branch.not !== undefined;
}

function describeItems({ items, prefixItems, maxItems }: JsonSchema): string {
  if (maxItems === 0) return 'nothing';
  const first = prefixItems?.[0] ?? (Array.isArray(items) ? items[0] : items);
  return first === undefined ? 'anything' : describeBranch(first);
}

function nameOf(type: string | undefined): string {
  if (type === 'string') return 'text';
  return type ?? 'anything';
}

function describeRange({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const above = typeof exclusiveMinimum === 'number' ? `above ${exclusiveMinimum}` : '';
  const from = above !== '' ? above : bounded(minimum) ? `from ${minimum}` : '';
  const to = bounded(maximum) ? `to ${maximum}` : '';
  const range = [from, to].filter((text) => text !== '').join(' ');
  return range === '' ? '' : `, ${range}`;
}

/** Bounds that are only those of whole numbers in JSON say nothing. */
function bounded(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}
