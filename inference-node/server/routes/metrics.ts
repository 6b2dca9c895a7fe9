// GET /metrics, for Prometheus. Open to whoever reaches the node's port: it tells counts and model ids.
import type { Handler } from 'hono';
import type { NodeMetrics } from '../../metrics/node-metrics.ts';
import type { NodeEnv } from '../node-services.ts';

export function showMetrics({ registry }: NodeMetrics): Handler<NodeEnv> {
  return async function answerMetrics(context) {
    return context.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  };
}
