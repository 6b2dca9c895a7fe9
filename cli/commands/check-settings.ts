// Flags to the settings that the admin API takes, checked with its own schema, so that what contradicts is a usage error and
// nothing is sent.
import type { Command } from 'commander';
import type * as z from 'zod';

/** Which flag sets a field of the API. */
const FLAGS: Readonly<Record<string, string>> = {
  name: '--name',
  external_id: '--external-id',
  models: '--model',
  scopes: '--scope',
  addresses: '--address',
  limits: '--quota',
  metadata: '--metadata',
  expires_at: '--expires',
  rotate_after: '--rotate-after',
  priority: '--priority',
  from: '--from',
  to: '--to',
  group_by: '--by',
};

/** The fields that are set, as the schema reads them. Ends the command with a usage error that names the flag. */
export function checkSettings<T extends z.ZodType>(
  command: Command,
  schema: T,
  fields: Readonly<Record<string, unknown>>,
): z.output<T> {
  const parsed = schema.safeParse(
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map(String);
  const message = issue?.message ?? 'it is invalid';
  // Limits bear hyphens in flags and underscores in the API.
  return command.error(`error: ${flagOf(path)}: ${path[0] === 'limits' ? hyphenated(message) : message}`);
}

/** For example `--quota tokens-per-day@tiny-llama`. */
function flagOf(path: readonly string[]): string {
  const [field = '', ...rest] = path;
  const flag = FLAGS[field] ?? field;
  if (field !== 'limits') return [flag, ...rest].join(' ');
  const [model, name = ''] = rest[0] === 'models' ? [rest[1], rest[2]] : [undefined, rest[0]];
  const quota = [hyphenated(name), model].filter((part) => part !== undefined).join('@');
  return quota === '' ? flag : `${flag} ${quota}`;
}

function hyphenated(text: string): string {
  return text.replaceAll('_', '-');
}
