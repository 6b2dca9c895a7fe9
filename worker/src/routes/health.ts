// `GET /health`: whether this gateway answers and its node with it. Says nothing that a stranger could use.
import { z } from 'zod';
import { nodeStatus } from '../nodes/node-directory.ts';
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
    return Response.json({ status: (await nodeIsReady(context)) ? 'ok' : 'degraded' });
  },
});

async function nodeIsReady(context: GatewayContext): Promise<boolean> {
  try {
    // `usual` would be up to 30 s old; strangers may ask here, so at most four looks a second come of it.
    const { draining, engine, models } = await nodeStatus(callOfContext(context), 'now');
    return !draining && engine === 'ready' && models.length > 0;
  } catch {
    return false;
  }
}
