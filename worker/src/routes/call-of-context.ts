// From Hono's context to what the capability folders take.
import type { GatewayCall } from '../gateway-call.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';

/** The call that a context stands for. */
export function callOfContext(context: GatewayContext): GatewayCall {
  const ender = new AbortController();
  const { signal } = context.req.raw;
  signal.addEventListener('abort', () => {
    ender.abort();
  });
  return {
    env: context.env,
    config: context.get('config'),
    requestId: context.get('requestId'),
    record: context.get('record'),
    answerHeaders: context.get('answerHeaders'),
    ender,
    waitUntil: (work) => {
      context.executionCtx.waitUntil(work);
    },
  };
}
