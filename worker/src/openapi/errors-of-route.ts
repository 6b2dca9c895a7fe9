// Which errors a route can answer with, by rule: from who may call it and what it takes in. So no route has to list them.
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import type { AnyRoute } from '../routes/define-route.ts';

const FOR_BODY: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_value',
  'missing_required_parameter',
  'unknown_parameter',
  'unsupported_parameter',
  'payload_too_large',
  'unsupported_media_type',
];
const FOR_QUERY: readonly ErrorCode[] = ['invalid_value', 'unknown_parameter'];
const FOR_INFERENCE: readonly ErrorCode[] = [
  'context_length_exceeded',
  'model_not_found',
  'generation_failed',
  'node_error',
  'node_offline',
  'node_draining',
  'queue_full',
  'engine_restarting',
  'engine_failed',
  'model_loading',
  'model_unavailable',
  'node_timeout',
  'call_timeout',
];
const FOR_MODELS: readonly ErrorCode[] = ['model_not_found', 'node_error', 'node_offline'];

/** The codes, in the order of the table's statuses, without repetition. */
export function errorsOfRoute({ access, tag, request, method }: AnyRoute): ErrorCode[] {
  const codes = new Set<ErrorCode>();
  const add = (more: readonly ErrorCode[]): void => {
    for (const code of more) codes.add(code);
  };
  if (request?.body !== undefined) add(FOR_BODY);
  if (request?.query !== undefined) add(FOR_QUERY);
  if (access === 'api-key') add(['invalid_api_key', 'rate_limit_exceeded', 'state_unavailable']);
  if (access === 'admin') add(['invalid_admin_token', 'rate_limit_exceeded', 'state_unavailable']);
  if (access === 'node') add(['invalid_node_token', 'rate_limit_exceeded', 'state_unavailable']);
  if (access === 'admin' && method !== 'GET') add(['insufficient_permissions', 'conflict']);
  if (access === 'admin' && request?.params !== undefined) add(['not_found']);
  if (tag === 'Inference') add(FOR_INFERENCE);
  if (tag === 'Models') add(FOR_MODELS);
  add(['internal_error']);
  return [...codes];
}
