// `GET /health`: whether this gateway answers and its node with it. Says nothing that a stranger could use.
import * as z from 'zod';
import { lookAtNodes } from '../nodes/look-at-nodes.ts';
import { findCandidates } from '../nodes/node-view.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';

const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']).meta({ description: '`degraded`: no inference node can answer now.' }),
  })
  .meta({ id: 'Health' });

export const healthRoute = defineRoute({
  method: 'GET',
  path: '/health',
  access: 'public',
  tag: 'Gateway',
  summary: 'Says whether the gateway can answer.',
  description:
    'Always 200 while the gateway itself runs: a load balancer must not take it out because its node is away.',
  example: { response: { status: 'ok' } },
  responses: { 200: { description: 'The state.', schema: healthSchema } },
  async handler(context) {
    return Response.json({ status: (await someNodeIsReady(context)) ? 'ok' : 'degraded' });
  },
});

async function someNodeIsReady(context: GatewayContext): Promise<boolean> {
  const anything = { firstOf: null };
  // `usual` would be up to 30 s old; strangers may ask here, so at most four looks a second come of it.
  const views = await lookAtNodes(callOfContext(context), 'now', { serves: anything });
  return findCandidates(views, anything).length > 0;
}
