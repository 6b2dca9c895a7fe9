// The one renderer of errors. What is not an `ApiError` is a bug: logged with its stack, answered by a fixed text.
import type { ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../protocol/errors/error-body.ts';
import type { Logger } from './logger.ts';
import type { NodeEnv } from './node-services.ts';

/** Makes the app's error handler. */
export function createErrorHandler(log: Logger): ErrorHandler<NodeEnv> {
  return function handleError(thrown, context) {
    const error = toApiError(thrown, log);
    if (error.retryAfterSeconds !== null) context.header('retry-after', String(error.retryAfterSeconds));
    if (error.reason !== null) {
      log('warn', 'refused', { requestId: context.get('requestId'), code: error.code, reason: error.reason });
    }
    // The table holds HTTP statuses that have a body.
    return context.json(renderErrorBody(error), error.status as ContentfulStatusCode);
  };
}

/** What a caller may see of anything thrown. A bug is logged: its stack without its message, which might quote a prompt. */
export function toApiError(thrown: unknown, log: Logger): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const stack = thrown instanceof Error ? thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined;
  log('error', 'bug', { name: thrown instanceof Error ? thrown.name : typeof thrown, stack: stack?.join('\n') });
  return new ApiError('internal_error');
}
