// `/admin/metrics`: numbers for a monitoring system, which brings an admin token (a viewer's will do).
import * as z from 'zod';
import { askRegistry } from '../registry/ask-registry.ts';
import { defineRoute } from './define-route.ts';
import { METRICS_TYPE, renderMetrics } from './render-metrics.ts';

export const adminMetricsRoute = defineRoute({
  method: 'GET',
  path: '/admin/metrics',
  access: 'admin',
  tag: 'Usage',
  summary: 'Shows numbers for monitoring, as Prometheus reads them.',
  description: 'Users, keys by status, and calls, tokens and errors by model, some seconds late.',
  responses: { 200: { description: 'The metrics.', schema: z.string(), contentType: METRICS_TYPE } },
  async handler(context) {
    const figures = await askRegistry(context.env, (registry) => registry.readFigures());
    return new Response(renderMetrics(figures), { headers: { 'content-type': METRICS_TYPE } });
  },
});
