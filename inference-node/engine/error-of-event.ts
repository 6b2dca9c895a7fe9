// A failure that the engine's process told, as the error that it was there.
import type { CallEvent } from './engine-messages.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';

export function errorOfEvent({ error }: Extract<CallEvent, { type: 'failed' }>): ApiError {
  return new ApiError(error.code, {
    message: error.message,
    ...(error.param === null ? {} : { param: error.param }),
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error.reason === null ? {} : { reason: error.reason }),
  });
}
