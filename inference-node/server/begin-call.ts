// A call's right to run, tied to its caller's connection: who leaves stops what was begun for them.
import type { Context } from 'hono';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { readCallIdentity, type CallIdentity } from '../call-auth/call-identity.ts';
import type { NodeEnv, NodeServices } from './node-services.ts';
import type { RunningCall } from './running-calls.ts';
import { CALLER_LEFT } from './stop-reason.ts';

/** Throws `node_draining` when no new calls may start. */
export function beginCall({ calls }: NodeServices, context: Context<NodeEnv>): RunningCall {
  const running = calls.begin();
  const stop = (): void => {
    running.controller.abort(CALLER_LEFT);
  };
  const connection = context.req.raw.signal;
  connection.addEventListener('abort', stop, { once: true });
  if (connection.aborted) stop();
  return running;
}

/** Who the call is for. Throws `invalid_node_signature` when its claims do not say. */
export function callerOf(context: Context<NodeEnv>): CallIdentity {
  const identity = readCallIdentity(context.get('call').claims);
  if (identity !== null) return identity;
  throw new ApiError('invalid_node_signature', { reason: 'a claim of inference calls is missing' });
}
