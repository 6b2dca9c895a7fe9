// What an error answer of a server of another maker becomes. What the caller did wrong is told in the server's words, when they are
// in OpenAI's form; everything else is between it and the operator, and only the log says what.
import * as z from 'zod';
import { ApiError, type ApiErrorOptions } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import { readRetryAfter } from '../nodes/node-failure.ts';
import { readBoundedText } from '../nodes/read-bounded.ts';

/** An error is a sentence; this is room for many. */
const MAX_ERROR_BYTES = 65_536;
const MAX_MESSAGE_LENGTH = 500;
const MAX_PARAM_LENGTH = 200;

const wordSchema = z.union([z.string(), z.number()]).nullish();

/** OpenAI's own form. vLLM and llama-server put the status into `code`. */
const errorSchema = z.object({
  error: z.object({ message: z.string().min(1), type: wordSchema, code: wordSchema, param: z.string().nullish() }),
});

type OriginError = z.infer<typeof errorSchema>['error'];

/** Reads an answer that is not a success. `path`: what was called. */
export async function readOriginFailure(response: Response, path: string): Promise<ApiError> {
  const { status, headers } = response;
  const text = await readBoundedText(response, MAX_ERROR_BYTES);
  const error = errorSchema.safeParse(parseJson(text)).data?.error ?? null;
  switch (status) {
    case 400:
    case 422:
      return error === null ? unusable(status) : describeMistake(error);
    case 401:
    case 403:
      return bearerRefused(status);
    case 404:
    case 405:
    case 501:
      return isAboutModel(error) ? new ApiError('model_not_found', { param: 'model' }) : unsupportedRoute(path);
    case 413:
      return new ApiError('payload_too_large', { reason: 'as answered by the origin' });
    case 429:
      return retryable('queue_full', headers);
    case 503:
      return isLoading(error) ? retryable('model_loading', headers) : unusable(status);
    default:
      return unusable(status);
  }
}

/** For the log: between the origin and the operator. */
export function bearerRefused(status: number): ApiError {
  return new ApiError('node_error', { reason: `the origin refuses the gateway's bearer (${status})` });
}

/** For what servers of this kind have no common form of. */
export function unsupportedRoute(path: string): ApiError {
  const message = `The server behind this model does not offer ${path}.`;
  return new ApiError('unsupported_parameter', { message, param: 'model', reason: 'not offered by the origin' });
}

function describeMistake(error: OriginError): ApiError {
  const options: ApiErrorOptions = {
    message: printable(error.message, MAX_MESSAGE_LENGTH),
    reason: 'as answered by the origin',
  };
  if (error.param) options.param = printable(error.param, MAX_PARAM_LENGTH);
  return new ApiError(codeOf(error), options);
}

function codeOf({ code, type, message, param }: OriginError): ErrorCode {
  // llama-server says it in the type, vLLM in the sentence only.
  const isTooLong = code === 'context_length_exceeded' || type === 'exceed_context_size_error';
  if (isTooLong || /maximum context length|context (?:size|window)/i.test(message)) return 'context_length_exceeded';
  return param ? 'invalid_value' : 'invalid_request';
}

/** A model's name is in the answer of a server that has the route; without a word of models it is the route that is missing. */
function isAboutModel(error: OriginError | null): boolean {
  return error !== null && (error.code === 'model_not_found' || /\bmodel\b/i.test(error.message));
}

/** llama-server, while it reads its model. */
function isLoading(error: OriginError | null): boolean {
  return error !== null && /loading model/i.test(error.message);
}

function retryable(code: ErrorCode, headers: Headers): ApiError {
  const retryAfter = readRetryAfter(headers);
  const options: ApiErrorOptions = { reason: 'as answered by the origin' };
  return new ApiError(code, retryAfter === null ? options : { ...options, retryAfterSeconds: retryAfter });
}

function unusable(status: number): ApiError {
  return new ApiError('node_error', { reason: `the origin answered ${status}` });
}

function printable(text: string, maxLength: number): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, maxLength);
}
