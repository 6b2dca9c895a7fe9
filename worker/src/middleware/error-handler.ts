// The only renderer of errors. An `ApiError` is answered as the table says; anything else is a bug: logged with its stack,
// answered by a fixed text.
import type { ErrorHandler } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../../protocol/errors/error-body.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { PREDICT_UNAUTHORIZED } from '../../../protocol/inference/predict.ts';
import type { GatewayHonoEnv } from './gateway-context.ts';
import { rawPath } from './printable-path.ts';
import { writeBug } from './write-bug.ts';

/** The one path whose errors are `{"error": "<message>"}`. */
export const PREDICT_PATH = '/predict';

export const handleError: ErrorHandler<GatewayHonoEnv> = (error, context) => {
  const known = error instanceof ApiError ? error : new ApiError('internal_error');
  if (known !== error) writeBug(context.get('requestId'), error);
  const response = renderError(known, context.req.url);
  // Through Hono's context, so that a header set before the throw (`allow`) is kept.
  return context.newResponse(response.body, response);
};

/** Status, headers and body of an error, in the shape that the URL promises. */
export function renderError(error: ApiError, url: string): Response {
  const body = rawPath(url) === PREDICT_PATH ? renderPredictError(error) : renderErrorBody(error);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (error.retryAfterSeconds !== null) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.retryIsPointless) headers[HEADER.shouldRetry] = 'false';
  if (error.status === 401) headers['www-authenticate'] = 'Bearer realm="hearthkey"';
  return new Response(JSON.stringify(body), { status: error.status, headers });
}

function renderPredictError(error: ApiError): { error: string } {
  return error.status === 401 ? PREDICT_UNAUTHORIZED : { error: error.message };
}
