// After which failures of a node a call goes on at another one, and which of several failures the client is told.
import type { ApiError } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';

/** The node's fault, or its state; what is the call's own fault would fail elsewhere too. The order is that of what to tell. */
const FAILOVER_CODES: readonly ErrorCode[] = [
  'model_loading',
  'queue_full',
  'engine_restarting',
  'node_draining',
  'model_unavailable',
  'model_not_found',
  'engine_failed',
  'node_offline',
  'node_error',
];

export function mayFailOver({ code }: ApiError): boolean {
  return FAILOVER_CODES.includes(code);
}

/** Of two nodes' failures the one that says when to come again; of equal ones the sooner. */
export function betterFailure(first: ApiError, second: ApiError): ApiError {
  if (!mayFailOver(second)) return second;
  const difference = FAILOVER_CODES.indexOf(first.code) - FAILOVER_CODES.indexOf(second.code);
  if (difference !== 0) return difference < 0 ? first : second;
  return (first.retryAfterSeconds ?? Infinity) < (second.retryAfterSeconds ?? Infinity) ? first : second;
}
