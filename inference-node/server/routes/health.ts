// GET /health/live: the process answers. GET /health/ready: calls are admitted; which models are being loaded meanwhile, and how
// far they are. Open to all, so they tell nothing else.
import type { Handler } from 'hono';
import type { NodeEnv, NodeServices } from '../node-services.ts';

export function healthLive(): Handler<NodeEnv> {
  return function answerLive(context) {
    return context.json({ status: 'live' });
  };
}

export function healthReady({ engine, calls }: Pick<NodeServices, 'engine' | 'calls'>): Handler<NodeEnv> {
  return function answerReady(context) {
    const status = calls.draining ? 'draining' : engine.state;
    const loading = engine.loading();
    return context.json({ status, ...(loading.length === 0 ? {} : { loading }) }, status === 'ready' ? 200 : 503);
  };
}
