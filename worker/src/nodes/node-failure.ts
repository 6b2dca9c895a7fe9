// What a node's error answer becomes. A short list of codes says something to the client and is passed on, with status and
// type from our own table; everything else is "the node gave an answer that the gateway cannot use", and the log says what.
import * as z from 'zod';
import { ApiError, type ApiErrorOptions } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import { readBoundedText } from './read-bounded.ts';
import { UNREACHED_CODES } from './unreached-codes.ts';

/** An error is a sentence; this is room for many. */
const MAX_ERROR_BYTES = 65_536;
const MAX_MESSAGE_LENGTH = 500;
const MAX_PARAM_LENGTH = 200;
/** Longer than this nobody waits: then the client may as well decide for itself. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** The codes of a node that a client may see. Only our node speaks to the gateway here, so its sentences are ours. */
const CLIENT_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  ...UNREACHED_CODES,
  'call_timeout',
  'engine_failed',
  'generation_failed',
]);

const nodeErrorSchema = z.object({
  error: z.object({
    code: z.string().max(64),
    message: z.string().max(MAX_MESSAGE_LENGTH).nullish(),
    param: z.string().max(MAX_PARAM_LENGTH).nullish(),
  }),
});

export type NodeFailure = {
  error: ApiError;
  /** The node started anew since its status was read: read it again and sign for the new boot. */
  bootChanged: boolean;
};

/** Reads a node's answer that is not a success, and says what to answer with. */
export async function readNodeFailure(response: Response): Promise<NodeFailure> {
  const { status } = response;
  const body = parseNodeError(await readBoundedText(response, MAX_ERROR_BYTES));
  if (body === null) return unusable(`the node answered ${status} without an error in our shape`);
  return describe(body, `the node answered ${status}`, readRetryAfter(response.headers));
}

/** What a node says in the error event of a stream; null: it is none in our shape. */
export function parseNodeFailure(text: string): ApiError | null {
  const body = parseNodeError(text);
  return body === null ? null : describe(body, 'the node sent', null).error;
}

type NodeErrorBody = z.infer<typeof nodeErrorSchema>['error'];

function describe(body: NodeErrorBody, where: string, retryAfter: number | null): NodeFailure {
  const { code } = body;
  if (!isClientCode(code)) {
    return {
      ...unusable(`${where} ${printableCode(code)}`),
      bootChanged: code === 'node_boot_changed',
    };
  }
  const options: ApiErrorOptions = { reason: 'as answered by the node' };
  // One wording for a model that is not there and one that the key may not use: ours.
  if (body.message && code !== 'model_not_found') options.message = body.message;
  if (body.param) options.param = body.param;
  if (retryAfter !== null) options.retryAfterSeconds = retryAfter;
  return { error: new ApiError(code, options), bootChanged: false };
}

/** `Retry-After` in whole seconds, at least 1 and at most 300; null when it is absent or a date. */
export function readRetryAfter(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null || !/^[0-9]{1,9}$/.test(text)) return null;
  return Math.min(Math.max(Number(text), 1), MAX_RETRY_AFTER_SECONDS);
}

function isClientCode(code: string): code is ErrorCode {
  return CLIENT_CODES.has(code);
}

function unusable(reason: string): NodeFailure {
  return { error: new ApiError('node_error', { reason }), bootChanged: false };
}

/** A code goes into the log only when it looks like one. */
function printableCode(code: string): string {
  return /^[a-z_]+$/.test(code) ? code : '(a code that is none of ours)';
}

function parseNodeError(text: string | null): NodeErrorBody | null {
  return nodeErrorSchema.safeParse(parseJson(text)).data?.error ?? null;
}
