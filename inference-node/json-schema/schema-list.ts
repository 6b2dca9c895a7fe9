// A keyword whose value is a list.
import { SchemaProblem } from './schema-problem.ts';

/** Throws a `SchemaProblem` for anything else, and for more or fewer entries. */
export function schemaList(value: unknown, path: string, most: number, least = 1): readonly unknown[] {
  if (!Array.isArray(value) || value.length < least)
    throw new SchemaProblem(path, 'it must be a list with something in it');
  if (value.length > most) throw new SchemaProblem(path, `it has more than ${most} entries`);
  return value;
}
