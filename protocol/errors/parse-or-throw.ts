// Validation as both sides do it with what callers send: the value, or the one error that tells what is wrong with it.
import * as z from 'zod';
import { nearestName } from './nearest-name.ts';
import { describeValidationFailure, HINT } from './validation-failure.ts';

/** Throws the `ApiError` of what the schema refuses. */
export function parseOrThrow<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value, { error: hintAtNearestField });
  if (!parsed.success) throw describeValidationFailure(parsed.error);
  return parsed.data;
}

/** Only here does zod tell which schema refused a field, and so what its fields are. */
function hintAtNearestField(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
  const [unknown = ''] = issue.keys;
  const nearest = nearestName(unknown, Object.keys(issue.inst.shape));
  return nearest === null ? undefined : `${HINT} '${nearest}'?`;
}
