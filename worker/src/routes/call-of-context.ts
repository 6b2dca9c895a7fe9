// From Hono's context to what the capability folders take.
import type { GatewayCall } from '../gateway-call.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';

/** The call that a context stands for. */
export function callOfContext(context: GatewayContext): GatewayCall {
  const { config, requestId, record } = context.var;
  const ender = new AbortController();
  const { signal } = context.req.raw;
  signal.addEventListener('abort', () => {
    ender.abort();
  });
  return {
    env: context.env,
    config,
    requestId,
    record,
    ender,
    waitUntil: (work) => {
      context.executionCtx.waitUntil(work);
    },
  };
}
