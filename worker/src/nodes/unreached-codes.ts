// What a node answers when it has given a call to no engine: nothing was generated, so nothing is to be paid.
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';

export const UNREACHED_CODES: ReadonlySet<ErrorCode> = new Set([
  'context_length_exceeded',
  'engine_restarting',
  'invalid_json',
  'invalid_request',
  'invalid_value',
  'missing_required_parameter',
  'model_loading',
  'model_not_found',
  'model_unavailable',
  'node_draining',
  'payload_too_large',
  'queue_full',
  'unknown_parameter',
  'unsupported_parameter',
]);
