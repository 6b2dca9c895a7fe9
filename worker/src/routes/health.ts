// `GET /health`: whether this gateway answers and its node with it. Says nothing that a stranger could use.
import { z } from 'zod';
import { lookAtNodes, type NodeView } from '../nodes/look-at-nodes.ts';
import { nodeTargets } from '../nodes/node-targets.ts';
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
  const call = callOfContext(context);
  // `usual` would be up to 30 s old; strangers may ask here, so at most four looks a second come of it.
  const views = await lookAtNodes(call, await nodeTargets(call), 'now', (some) => some.some(isReady));
  return views.some(isReady);
}

function isReady({ target, seen }: NodeView): boolean {
  if (!seen.ok || target.draining) return false;
  const { draining, engine, models } = seen.status;
  return !draining && engine === 'ready' && models.length > 0;
}
