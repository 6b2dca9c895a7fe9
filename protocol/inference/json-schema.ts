// A JSON schema as it comes in a request: bounded here, understood by the node.
import * as z from 'zod';

/** Deeper ones are refused before anything walks through them recursively. */
const MAX_DEPTH = 128;
/** Values in all. */
const MAX_VALUES = 20_000;

/** An object of JSON values, bounded in depth and size. */
export const jsonSchemaSchema = z
  .record(z.string(), z.unknown())
  .refine(isBounded, `a schema is nested at most ${MAX_DEPTH} deep, and has at most ${MAX_VALUES} values`);

function isBounded(schema: unknown): boolean {
  let level: unknown[] = [schema];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (depth > MAX_DEPTH || values > MAX_VALUES) return false;
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return true;
}
