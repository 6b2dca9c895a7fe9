// From Hono's context to what the capability folders take.
import type { GatewayCall } from '../gateway-call.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';

/** Shorter calls are not worth asking the platform to tell when the client leaves. Milliseconds. */
const NOTICE_MS = 50;

/** The call that a context stands for. */
export function callOfContext(context: GatewayContext): GatewayCall {
  const ender = new AbortController();
  const clock = context.get('clock');
  const { raw } = context.req;
  clock.after(NOTICE_MS, () => {
    const { signal } = raw;
    const end = (): void => {
      ender.abort();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
  return {
    env: context.env,
    config: context.get('config'),
    requestId: context.get('requestId'),
    record: context.get('record'),
    answerHeaders: context.get('answerHeaders'),
    ender,
    clock,
    goOn: (answering) => {
      context.set('rest', answering);
    },
    waitUntil: (work) => {
      context.executionCtx.waitUntil(work);
    },
  };
}
