// What of a client's request the node is told: all that changes the answer. The gateway itself says which model, how many
// tokens and whether to stream; labels stay here.
import { labelParameters } from '../../../protocol/inference/generation-parameters.ts';

const KEPT_HERE: ReadonlySet<string> = new Set([
  'model',
  'max_tokens',
  'max_completion_tokens',
  'stream',
  ...Object.keys(labelParameters),
]);

/** The fields of a validated request that are sent on. */
export function nodeFields(request: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name in request) if (!KEPT_HERE.has(name)) fields[name] = request[name];
  return fields;
}
