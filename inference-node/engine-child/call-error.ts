// Errors on their way to the parent. Only an `ApiError` says something to a caller; anything else is a bug here, and the
// caller gets the table's sentence.
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { CallError } from '../engine/engine-messages.ts';

/** An error as data that crosses the IPC channel. */
export function describeCallError(error: unknown): CallError {
  const known = error instanceof ApiError ? error : new ApiError('generation_failed');
  const { code, message, param, retryAfterSeconds, reason } = known;
  return { code, message, param, retryAfterSeconds, reason };
}
