// From what zod found wrong to the one error that a caller sees: which field, in which way, what to do. The first finding
// is reported; a field that OpenAI has and we have not yet is named as such. parse-or-throw.ts is how both sides call it.
import type * as z from 'zod';
import { ApiError } from './api-error.ts';
import type { ErrorCode } from './error-codes.ts';

type Issue = z.core.$ZodIssue;

/** Fields of OpenAI's requests that are known and not supported yet; at their neutral value some are accepted. */
const UNSUPPORTED_FIELDS: ReadonlySet<string> = new Set([
  'audio',
  'best_of',
  'function_call',
  'functions',
  'modalities',
  'prediction',
  'reasoning_effort',
  'store',
  'verbosity',
  'web_search_options',
  'service_tier',
]);

/** OpenAI's own successors of fields that it has given up. */
const SUCCESSORS: ReadonlyMap<string, string> = new Map([
  ['functions', 'tools'],
  ['function_call', 'tool_choice'],
]);

/** What the message of an unknown field begins with that looks like a known one (parse-or-throw.ts). */
export const HINT = 'Did you mean';
/** Long field names of a caller's making are cut to this many characters in messages. */
const MAX_NAME_LENGTH = 64;

/** Turns a failed parse into the `ApiError` to answer with. */
export function describeValidationFailure(failure: z.ZodError): ApiError {
  const [first] = failure.issues;
  if (first === undefined) return new ApiError('invalid_value');
  const issue = deepestIssue(first);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  const param = formatPath(path);
  const [field] = path;
  if (typeof field === 'string' && UNSUPPORTED_FIELDS.has(field)) return unsupported(field, param);
  if (unknown !== undefined) {
    const advice = issue.message.startsWith(HINT) ? issue.message : 'Leave it out.';
    return fail('unknown_parameter', `Unknown field '${param}'. ${advice}`, param);
  }
  if (path.length > 0 && isMissing(issue))
    return fail('missing_required_parameter', `Missing required field '${param}'.`, param);
  const where = param === '' ? 'The body' : `'${param}'`;
  return fail('invalid_value', `${where} is invalid: ${issue.message}.`, param);
}

function unsupported(field: string, param: string): ApiError {
  const successor = SUCCESSORS.get(field);
  const advice =
    successor === undefined
      ? 'is not supported yet, at this value. Leave it out.'
      : `is not supported. Use '${successor}'.`;
  return fail('unsupported_parameter', `'${field}' ${advice}`, param);
}

function fail(code: ErrorCode, message: string, param: string): ApiError {
  return new ApiError(code, param === '' ? { message } : { message, param });
}

/** Of a union's branches, the one that got furthest tells best what the caller meant. */
function deepestIssue(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const candidates = issue.errors.flatMap((branch) => branch.slice(0, 1));
  let best: Issue | undefined;
  for (const candidate of candidates) {
    const nested = deepestIssue(candidate);
    const wrongType = nested.code === 'invalid_type' && nested.path.length === 0;
    if (!wrongType && (best === undefined || nested.path.length > best.path.length)) best = nested;
  }
  if (best === undefined) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

function isMissing(issue: Issue): boolean {
  if (issue.code === 'invalid_union')
    return issue.errors.every((branch) => branch.every((nested) => isMissing(nested)));
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += (text === '' ? '' : '.') + String(step).slice(0, MAX_NAME_LENGTH);
  }
  return text;
}
