// GET /health/live: the process answers. GET /health/ready: the models are in memory and calls are admitted. Open to all,
// so they tell nothing else.
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
    return context.json({ status }, status === 'ready' ? 200 : 503);
  };
}
