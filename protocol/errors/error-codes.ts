// The one table of errors. A code's status, type and retryability are decided here and nowhere else; the message is the
// default, and may be replaced by one that names what was wrong. Types and shapes follow OpenAI's error object
// (https://platform.openai.com/docs/guides/error-codes).

export type ErrorType =
  'invalid_request_error' | 'authentication_error' | 'permission_error' | 'rate_limit_error' | 'server_error';

export type ErrorRule = {
  /** HTTP status. 499 is logged only: nobody is there to read it. */
  status: number;
  type: ErrorType;
  /** Whether the same request may succeed later. Such answers carry `Retry-After`. */
  retryable: boolean;
  message: string;
};

export const ERRORS = {
  invalid_api_key: rule(
    401,
    'authentication_error',
    'Incorrect API key provided. Send a valid key as "Authorization: Bearer hk_…" or "x-api-key".',
  ),
  invalid_admin_token: rule(
    401,
    'authentication_error',
    'Incorrect admin token. Send it as "Authorization: Bearer hka_…".',
  ),
  invalid_node_token: rule(
    401,
    'authentication_error',
    'Incorrect node token. Send it as "Authorization: Bearer hkn_…".',
  ),
  invalid_node_signature: rule(
    401,
    'authentication_error',
    'This inference node answers only calls that its gateway signed.',
  ),
  node_boot_changed: rule(401, 'authentication_error', 'The inference node restarted after this call was signed.'),
  invalid_json: rule(400, 'invalid_request_error', 'The request body is not valid JSON.'),
  invalid_value: rule(400, 'invalid_request_error', 'A field has an invalid value.'),
  missing_required_parameter: rule(400, 'invalid_request_error', 'A required field is missing.'),
  unknown_parameter: rule(400, 'invalid_request_error', 'The request has a field that is not known here.'),
  unsupported_parameter: rule(400, 'invalid_request_error', 'The request uses a field that is not supported yet.'),
  invalid_request: rule(400, 'invalid_request_error', 'The request is malformed.'),
  context_length_exceeded: rule(400, 'invalid_request_error', 'The prompt is longer than the context of the model.'),
  insufficient_permissions: rule(403, 'permission_error', 'This credential may not do that.'),
  model_not_found: rule(404, 'invalid_request_error', 'The model does not exist, or this key may not use it.'),
  not_found: rule(404, 'invalid_request_error', 'There is nothing here.'),
  unknown_url: rule(404, 'invalid_request_error', 'Unknown request URL. See /docs for what this gateway answers.'),
  method_not_allowed: rule(405, 'invalid_request_error', 'This URL does not answer that method.'),
  conflict: rule(409, 'invalid_request_error', 'The request conflicts with what is already there.'),
  payload_too_large: rule(413, 'invalid_request_error', 'The request body is too large.'),
  unsupported_media_type: rule(
    415,
    'invalid_request_error',
    'Send the body as JSON, with "content-type: application/json".',
  ),
  rate_limit_exceeded: rule(429, 'rate_limit_error', 'Too many requests. Try again later.', true),
  insufficient_quota: rule(429, 'rate_limit_error', 'The quota of the day or month is used up.', true),
  headers_too_large: rule(431, 'invalid_request_error', 'The request headers are too large.'),
  client_closed_request: rule(499, 'invalid_request_error', 'The client left before the answer was complete.'),
  internal_error: rule(
    500,
    'server_error',
    'Something went wrong in the gateway. Quote the x-request-id when you report it.',
  ),
  generation_failed: rule(500, 'server_error', 'The model failed while it was answering.', true),
  node_error: rule(502, 'server_error', 'The inference node gave an answer that the gateway cannot use.', true),
  node_offline: rule(503, 'server_error', 'No inference node is online for this request. Try again shortly.', true),
  node_draining: rule(503, 'server_error', 'The inference node is shutting down. Try again shortly.', true),
  queue_full: rule(503, 'server_error', 'The model has too many requests waiting. Try again shortly.', true),
  engine_restarting: rule(503, 'server_error', 'The model is being restarted. Try again shortly.', true),
  engine_failed: rule(
    503,
    'server_error',
    'The model broke off while it was answering, and is being restarted. Try again shortly.',
    true,
  ),
  model_loading: rule(503, 'server_error', 'The model is being loaded. Try again shortly.', true),
  model_unavailable: rule(503, 'server_error', 'The model cannot be loaded at the moment. Try again later.', true),
  state_unavailable: rule(
    503,
    'server_error',
    'The gateway cannot reach its key store, so it refuses every call. Try again shortly.',
    true,
  ),
  node_timeout: rule(504, 'server_error', 'The inference node did not answer in time.', true),
  call_timeout: rule(
    504,
    'server_error',
    'The answer took longer than this inference node lets one call take. Ask for less, with a smaller max_tokens.',
  ),
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof ERRORS;

/** Every code, for schemas and for documentation. */
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** The rule of a code, with its general type. */
export function errorRule(code: ErrorCode): ErrorRule {
  return ERRORS[code];
}

function rule(status: number, type: ErrorType, message: string, retryable = false): ErrorRule {
  return { status, type, retryable, message };
}
