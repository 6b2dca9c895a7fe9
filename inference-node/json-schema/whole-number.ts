// A keyword that counts something.
import { SchemaProblem } from './schema-problem.ts';

/** The number, from 0 to `most`; throws a `SchemaProblem` for anything else. */
export function wholeNumber(value: unknown, path: string, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new SchemaProblem(path, 'it must be a whole number, 0 or more');
  }
  if (value > most) throw new SchemaProblem(path, `more than ${most} cannot be enforced`);
  return value;
}
