// `$ref` within the schema itself, as a JSON pointer (RFC 6901).
import { isJsonObject } from './json-value.ts';
import { SchemaProblem } from './schema-problem.ts';

/** The schema that a reference names. Throws a `SchemaProblem` for any other kind of reference, and for what is not there. */
export function resolveReference(root: unknown, reference: unknown, path: string): unknown {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) {
    throw new SchemaProblem(path, 'only references within the schema are supported ("#", "#/$defs/name")');
  }
  let found: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    const isThere = (isJsonObject(found) || Array.isArray(found)) && Object.hasOwn(found, name);
    if (!isThere) throw new SchemaProblem(path, 'it names nothing in this schema');
    found = Reflect.get(found as object, name);
  }
  return found;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
