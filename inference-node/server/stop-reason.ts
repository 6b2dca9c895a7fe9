// Why a running call was stopped, as the reason of its abort signal: the caller left, or the node ended it with an `ApiError`.
import { ApiError } from '../../protocol/errors/api-error.ts';

/** The connection is gone: nobody reads the answer. */
export const CALLER_LEFT = Symbol('the caller left');

/** What to tell the reader of a call that broke with `error`: the reason of the stop, when there was one. */
export function explainFailure(signal: AbortSignal, error: unknown): unknown {
  if (signal.reason === CALLER_LEFT) return new ApiError('client_closed_request');
  return signal.reason instanceof ApiError ? signal.reason : error;
}
