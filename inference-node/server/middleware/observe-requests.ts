// Every request in the metrics and the log, when its connection is done with it: so a stream counts to its last byte.
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { NodeMetrics } from '../../metrics/node-metrics.ts';
import type { Logger } from '../logger.ts';
import type { NodeEnv } from '../node-services.ts';

/** The path of middleware. */
const ANY_PATH = '/*';

/** Observes duration, route and status. Routes are patterns, so that labels stay few. */
export function observeRequests(metrics: NodeMetrics, log: Logger): MiddlewareHandler<NodeEnv> {
  return async function observeRequest(context, next) {
    const startedAt = performance.now();
    const { outgoing } = context.env;
    const { method } = context.req;
    outgoing.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      // Headers that were never sent: the caller left first.
      const status = outgoing.headersSent ? outgoing.statusCode : 499;
      const route = matchedRoutes(context).findLast(({ path }) => path !== ANY_PATH)?.path ?? 'none';
      metrics.requestDuration.observe({ method: knownMethod(method), route, status }, seconds);
      log(status < 400 ? 'debug' : status < 500 ? 'info' : 'warn', 'request', {
        requestId: context.get('requestId'),
        method: knownMethod(method),
        route,
        status,
        milliseconds: Math.round(seconds * 1000),
      });
    });
    await next();
  };
}

/** A label from a closed set. */
function knownMethod(method: string): string {
  return method === 'GET' || method === 'POST' || method === 'HEAD' ? method : 'other';
}
