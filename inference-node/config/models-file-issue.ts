// From what zod found wrong in a models file to the sentence for the operator: file, table, key, and what was meant.
import type * as z from 'zod';
import { nearestName } from '../../protocol/errors/nearest-name.ts';
import { modelEntrySchema, modelsFileSchema } from './models-file-schema.ts';

/** The parent takes a sentence of 1,024 characters: a key of the file's making must not fill it. */
const MAX_NAME_LENGTH = 64;

/** The first finding, without a full stop. */
export function describeModelsFileIssue(path: string, error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return `${path} is invalid`;
  const [table, index, ...rest] = issue.path;
  const inModel = table === 'models' && typeof index === 'number';
  const where = inModel ? `${path}, [[models]] number ${index + 1}` : path;
  if (issue.code === 'unrecognized_keys') {
    const name = (issue.keys[0] ?? '').slice(0, MAX_NAME_LENGTH);
    const known = Object.keys((inModel ? modelEntrySchema : modelsFileSchema).shape);
    const near = nearestName(name, known);
    return `${where}: unknown key '${name}' (${near === null ? `known are ${known.join(', ')}` : `did you mean '${near}'?`})`;
  }
  const key = (inModel ? rest : issue.path).map(String).join('.');
  return key === '' ? `${where} is invalid: ${issue.message}` : `${where}: '${key}' is invalid: ${issue.message}`;
}
